/** `hostbeat watch`: follows the stream with the client library, for a person or a program. */
import process from 'node:process';
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import {
  AuthenticationError,
  type Client,
  type ClientOptions,
  connect,
  ForbiddenError,
  type HostbeatError,
  HostStatusMap,
  type StreamKind,
  watch,
} from '../../../client-sdk/src/index.ts';
import { SERVER } from '../../version.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { CredentialTokens } from '../connection/credentials.ts';
import { HttpClient, tokenRefused } from '../connection/http-client.ts';
import { projectId, serverIds } from '../instances/servers.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { json as asJson, type Terminal } from '../support/terminal.ts';
import { changeLine, stateLines } from './lines.ts';
import { Screen } from './screen.ts';

export interface WatchFlags extends ConnectionFlags {
  readonly hosts?: boolean;
  readonly project?: string;
  readonly server?: readonly string[];
  readonly hostStatus?: readonly HostStatus[];
  readonly drills?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly once?: boolean;
}

/** @throws CliError when the server refuses for good */
export async function runWatch(flags: WatchFlags, terminal: Terminal): Promise<void> {
  const { url, urls, tokens, http } = await connected(flags, terminal);
  // A wrong password or a missing server ends the command at once; after the first connection it waits for trouble to
  // end.
  await tokens.token();
  await new HttpClient(url).get('/');
  const servers = await serverIds(http, flags.server);
  const project = flags.project === undefined ? undefined : await projectId(http, flags.project);
  const stop = new AbortController();
  const end = () => stop.abort();
  process.on('SIGINT', end).on('SIGTERM', end);
  const options: ClientOptions<StreamKind> = {
    url: urls,
    token: (request?: { readonly refused?: boolean }) => {
      // The token ended early: a password was changed, a token revoked, a database restored. The command logs in again.
      if (request?.refused === true) tokens.refused();
      return tokens.token();
    },
    stream: flags.hosts === true ? 'hosts' : 'project',
    projectId: project,
    servers,
    hostStatus: flags.hostStatus,
    drills: flags.drills,
    clientName: `hostbeat watch ${SERVER.version}`,
    signal: stop.signal,
  };
  try {
    if (terminal.interactive && !flags.json && !flags.plain && !flags.once)
      await onScreen(options, tokens, terminal);
    else await inLines(options, tokens, flags, terminal);
  } catch (error) {
    throw refusal(error);
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

async function inLines(
  options: ClientOptions<StreamKind>,
  tokens: CredentialTokens,
  { json, once }: WatchFlags,
  terminal: Terminal,
): Promise<void> {
  const items = watch(options);
  tellTroubles(items.client, tokens, terminal);
  const print = (value: unknown) => terminal.out(asJson(value));
  const silence = items.client.on('tracker', (state) => {
    if (json === true) print({ type: 'tracker', state });
    else if (once !== true) terminal.out(`${new Date().toISOString()} tracker ${state}\n`);
  });
  for await (const item of items) {
    if (json === true) print(item);
    else if (item.type === 'change') terminal.out(`${changeLine(item.change, false)}\n`);
    else {
      if (item.type === 'reset')
        terminal.err(
          `hostbeat watch: what happened in the meantime is lost (${item.reason}); the present state follows\n`,
        );
      for (const line of stateLines('servers' in item ? item.servers : item.services, false))
        terminal.out(`${line}\n`);
    }
    if (once === true) {
      // After an intended end, `degraded` means nothing.
      silence();
      return;
    }
  }
}

/** Milliseconds: a burst of changes is drawn once, without a delay that a person would see. */
const REDRAW_MS = 30;
/** Redraws so that ages grow while nothing changes. */
const AGE_MS = 15_000;

async function onScreen(
  options: ClientOptions<StreamKind>,
  tokens: CredentialTokens,
  terminal: Terminal,
): Promise<void> {
  const client = connect(options);
  const map = new HostStatusMap(client);
  const screen = new Screen(terminal);
  const ended = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  let trouble: string | undefined;
  let waitingSince: string | undefined;
  const draw = () => {
    timer = undefined;
    const { state: connection, tracker } = client;
    screen.draw({ states: [...map.values()], connection, tracker, url: client.url, waitingSince, trouble });
  };
  let isOver = false;
  const soon = () => {
    // Messages after the end, such as its reason, must not be overdrawn.
    if (!isOver) timer ??= setTimeout(draw, REDRAW_MS);
  };
  const resized = () => {
    screen.resized();
    soon();
  };
  client.on('error', (error) => {
    if (error instanceof AuthenticationError) tokens.refused();
    trouble = error.message;
    soon();
  });
  client.on('state', (state) => {
    if (state === 'live') {
      waitingSince = undefined;
      trouble = undefined;
    } else waitingSince ??= new Date().toISOString();
    soon();
    if (state === 'stopped') ended.reject(client.error);
    if (state === 'closed') ended.resolve();
  });
  client.on('tracker', soon);
  client.on('snapshot', soon);
  client.on('reset', soon);
  client.on('change', (change) => {
    screen.print(changeLine(change, terminal.colours));
    soon();
  });
  process.stdout.on('resize', resized);
  const aging = setInterval(soon, AGE_MS);
  try {
    await ended.promise;
  } finally {
    process.stdout.off('resize', resized);
    isOver = true;
    clearInterval(aging);
    clearTimeout(timer);
    draw();
    screen.close();
    await client.close();
  }
}

/** Prints one line when the connection is lost and one when it is back. */
function tellTroubles(client: Client<StreamKind>, tokens: CredentialTokens, terminal: Terminal): void {
  let lost = false;
  client.on('error', (error) => {
    if (error instanceof AuthenticationError) tokens.refused();
    if (lost || !error.shouldRetry()) return;
    lost = true;
    terminal.err(`hostbeat watch: ${error.message}; keeps trying\n`);
  });
  client.on('state', (state) => {
    if (state !== 'live' || !lost) return;
    lost = false;
    terminal.err('hostbeat watch: connected again, nothing was missed\n');
  });
}

function refusal(error: unknown): unknown {
  if (error instanceof AuthenticationError) return tokenRefused();
  if (error instanceof ForbiddenError)
    return new CliError(
      EXIT.noPermission,
      'the server refuses this stream: --hosts is for operators, --project for administrators, and a project’s own for its members.',
    );
  const hostbeat = error as HostbeatError;
  if (typeof hostbeat?.shouldRetry === 'function') return new CliError(EXIT.failed, `${hostbeat.message}.`);
  return error;
}
