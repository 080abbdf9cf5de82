/** `hostbeat instances …`. */
import { createReadStream } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { shortId } from '../accounts/directory.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { progressTo } from '../support/progress.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { type NovaServer, serverPages } from './pages.ts';
import { projectId, projectNames } from './servers.ts';

export interface ListFlags extends ConnectionFlags {
  readonly allProjects?: boolean;
  /** By name or id. */
  readonly project?: string;
  readonly host?: string;
  readonly hostStatus?: readonly string[];
  readonly json?: boolean;
}

export async function listInstances(flags: ListFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const servers: NovaServer[] = [];
  const { project, allProjects, host, hostStatus } = flags;
  const which = {
    everywhere: allProjects === true,
    ...(project === undefined ? {} : { projectId: await projectId(http, project) }),
    ...(host === undefined ? {} : { host }),
    ...(hostStatus === undefined ? {} : { hostStatus }),
  };
  for await (const page of serverPages(http, which)) servers.push(...page);
  if (flags.json === true) return terminal.out(json(servers, 2));
  const projects = await projectNames(http);
  const rows = servers.map((server) => [
    shortId(server.id),
    server.name ?? '-',
    projects.get(server.tenant_id ?? '') ?? shortId(server.tenant_id ?? '-'),
    server.status,
    server.host_status === undefined ? '?' : server.host_status || '-',
    server['OS-EXT-SRV-ATTR:host'] ?? '-',
  ]);
  terminal.out(table(['ID', 'NAME', 'PROJECT', 'STATUS', 'HOST STATUS', 'HOST'], rows));
}

/** Lines for each request: it bounds memory here and the transaction in the server. */
const LINES_AT_ONCE = 1_000;
/** Refused lines that are shown; a file of the wrong kind has as many as lines. */
const MOST_SHOWN = 100;

/** The server's JSON answer: counts, and the refused lines by their number in the request. */
interface Summary {
  readonly failed: number;
  readonly errors: readonly { readonly line: number; readonly error: { readonly message?: string } }[];
}

export interface ImportFlags extends ConnectionFlags {
  readonly createMissing?: boolean;
}

export async function importInstances(file: string, flags: ImportFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  let accepted = 0;
  let refused = 0;
  let shown = 0;
  const progress = progressTo(terminal);
  for await (const { lines, first } of chunks(file)) {
    const { failed, errors } = await post(http, lines, flags.createMissing === true);
    for (const { line, error } of errors.slice(0, MOST_SHOWN - shown)) {
      terminal.err(`hostbeat: line ${first + line - 1}: ${error.message ?? 'refused'}\n`);
      shown += 1;
    }
    refused += failed;
    accepted += lines.length - failed;
    progress('lines sent', accepted + refused);
  }
  if (refused > shown) terminal.err(`hostbeat: and ${refused - shown} more lines\n`);
  terminal.out(`${accepted} accepted, ${refused} refused\n`);
  if (refused > 0) throw new CliError(EXIT.data, '');
}

async function post(http: HttpClient, lines: readonly string[], createMissing: boolean): Promise<Summary> {
  const query = createMissing ? '?create_missing=true' : '';
  const { body } = await http.request<Summary>('POST', `/v1/instances${query}`, {
    body: `${lines.join('\n')}\n`,
    contentType: 'application/x-ndjson',
  });
  return body;
}

/** Blank lines are not sent, but counted. */
async function* chunks(
  file: string,
): AsyncGenerator<{ readonly lines: readonly string[]; readonly first: number }> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  if (input !== process.stdin) await readable(file, input);
  let lines: string[] = [];
  let first = 1;
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === '') {
      if (lines.length > 0) yield { lines, first };
      lines = [];
      continue;
    }
    if (lines.length === 0) first = number;
    lines.push(line);
    if (lines.length < LINES_AT_ONCE) continue;
    yield { lines, first };
    lines = [];
  }
  if (lines.length > 0) yield { lines, first };
}

function readable(file: string, input: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    input.once('open', () => resolve());
    input.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new CliError(
          EXIT.usage,
          `<file>: ${file} cannot be read (${error.code}); name a file that exists, or -.`,
        ),
      ),
    );
  });
}
