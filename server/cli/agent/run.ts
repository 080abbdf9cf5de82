/** `hostbeat agent`: turns flags and signals into a running agent. */
import { hostname } from 'node:os';
import process from 'node:process';
import { watchFiles } from '../../config/files/watch-files.ts';
import { COMPUTE, type ServiceKey } from '../../domain/service.ts';
import { authoritiesFile, renewAuthorities } from '../../runtime/authorities.ts';
import { serviceManager } from '../../runtime/service-manager.ts';
import { systemTimers } from '../../timers.ts';
import { type ConnectionFlags, sayServer, serverOf, tokensFor } from '../connection/connection.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Terminal } from '../support/terminal.ts';
import { printable } from '../support/text.ts';
import { Agent } from './agent.ts';
import { checkOf } from './checks/check.ts';
import type { CheckSpec } from './checks/check-spec.ts';
import { Checks } from './checks/checks.ts';
import { Fences, fenceCommand } from './fences.ts';
import { type Goodbye, LinkLost } from './link.ts';

export interface AgentFlags extends ConnectionFlags {
  readonly host?: readonly string[];
  readonly binary?: readonly string[];
  readonly transport: 'socket' | 'http';
  /** Milliseconds. */
  readonly interval?: number;
  readonly restartTtl?: number;
  readonly onFenced?: string;
  readonly check?: readonly CheckSpec[];
  readonly once?: boolean;
}

const TOKEN_VARIABLES = ['HOSTBEAT_AGENT_TOKEN', 'HOSTBEAT_TOKEN', 'OS_TOKEN'];

/** How long a restart may take by default. */
const RESTART_TTL_MS = 30_000;

export async function runAgent(flags: AgentFlags, terminal: Terminal): Promise<void> {
  const print = (line: string) => terminal.err(`hostbeat agent: ${printable(line)}\n`);
  const manager = serviceManager(process.env, print);
  const say = (line: string) => {
    print(line);
    manager.status(printable(line));
  };
  const server = serverOf(flags, terminal.env);
  sayServer(server, terminal);
  const tokens = tokensFor(flags, terminal.env, server.urls, TOKEN_VARIABLES);
  const linkTo =
    flags.transport === 'http'
      ? (await import('./http-link.ts')).httpLink
      : (await import('./socket-link.ts')).socketLink;
  const stop = new AbortController();
  const agent = new Agent({
    services: servicesOf(flags),
    tokens,
    servers: server.urls.map((url) => ({ url, open: linkTo(url) })),
    fences: new Fences({
      say,
      onFenced: flags.onFenced === undefined ? () => {} : fenceCommand(flags.onFenced, terminal.env, say),
    }),
    checks: new Checks({ checks: (flags.check ?? []).map((spec) => checkOf(spec, terminal.env)), say }),
    intervalMs: flags.interval,
    say,
    stop: stop.signal,
    random: Math.random,
    monotonic: () => performance.now(),
  });
  if (flags.once === true) return reportOnce(agent);
  const stopFollowing = followAuthorities(say);
  // Ready at once and not after the first report: a server that is away is no reason to restart the agent again and
  // again.
  manager.ready('started');
  stop.signal.addEventListener('abort', () => manager.stopping());
  const release = onSignals((farewell) => stop.abort(farewell), flags.restartTtl);
  try {
    await agent.run();
  } finally {
    release();
    stopFollowing();
  }
}

/** An agent runs longer than its server's certificate authority is valid, so it reloads a renewed file. */
function followAuthorities(say: (line: string) => void): () => void {
  const file = authoritiesFile();
  if (file === undefined) return () => undefined;
  return watchFiles([file], {
    readsFirst: true,
    reload: async () => renewAuthorities(file),
    done: (error) =>
      say(
        error === undefined
          ? `now trusts the authorities in ${file}`
          : `${(error as Error).message}; those in force stay`,
      ),
    setTimer: systemTimers.setTimer,
  });
}

async function reportOnce(agent: Agent): Promise<void> {
  let answer: Awaited<ReturnType<Agent['once']>>;
  try {
    answer = await agent.once();
  } catch (error) {
    if (!(error instanceof LinkLost)) throw error;
    throw new CliError(error.kind === 'refused' ? EXIT.noPermission : EXIT.unavailable, `${error.message}.`);
  }
  if (answer === undefined) throw new CliError(EXIT.failed, 'a check failed: nothing was reported.');
  const [first] = answer.rejected;
  if (first === undefined) return;
  const of = answer.rejected.length + answer.accepted;
  throw new CliError(
    EXIT.failed,
    `${answer.rejected.length} of ${of} reports were rejected: ${first.error}.`,
  );
}

/** Every host with every binary, each once. */
function servicesOf(flags: AgentFlags): readonly ServiceKey[] {
  const hosts = [...new Set(flags.host ?? [hostname()])];
  const binaries = [...new Set(flags.binary ?? [COMPUTE])];
  return hosts.flatMap((host) => binaries.map((binary) => ({ host, binary })));
}

/** SIGTERM and SIGINT leave for good, unless a restart was announced; SIGHUP leaves for a restart. */
function onSignals(leave: (farewell: Goodbye) => void, restartTtl: number | undefined): () => void {
  const restart: Goodbye = { reason: 'restart', ttlMs: restartTtl ?? RESTART_TTL_MS };
  const end = () => leave(restartTtl === undefined ? { reason: 'shutdown' } : restart);
  const hangUp = () => leave(restart);
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGHUP', hangUp);
  return () => process.off('SIGTERM', end).off('SIGINT', end).off('SIGHUP', hangUp);
}
