/** `hostbeat drill …`, through a running server. */
import { find, shortId } from '../accounts/directory.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { findServer, UUID } from '../instances/servers.ts';
import { table } from '../support/table.ts';
import { json as asJson, type Terminal } from '../support/terminal.ts';
import { withAges } from '../support/times.ts';

export type { ConnectionFlags };

export interface StartFlags extends ConnectionFlags {
  readonly status: string;
  /** Milliseconds. */
  readonly for: number;
  readonly json?: boolean;
}

export interface ListFlags extends ConnectionFlags {
  readonly json?: boolean;
}

/** As `/v1/drills` shows it; times are RFC 3339. */
interface Drill {
  readonly id: string;
  readonly servers: readonly string[];
  readonly status: string;
  readonly started_at: string;
  readonly until: string;
}

const PATH = '/v1/drills';
/** Drills asked for at once. */
const PAGE = 1_000;

export async function startDrill(
  named: readonly string[],
  flags: StartFlags,
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const servers: string[] = [];
  for (const server of named) servers.push(await idOf(http, server));
  const body = { servers, status: flags.status, seconds: flags.for / 1_000 };
  const { body: drill } = await http.request<Drill>('POST', PATH, { body });
  if (flags.json === true) return terminal.out(asJson(drill, 2));
  terminal.out(
    `Drill ${shortId(drill.id)}: ${drill.servers.length === 1 ? '1 server is' : `${drill.servers.length} servers are`} shown ${drill.status} until ${drill.until}\n`,
  );
}

/** A watch key finds no server by its name, and needs none. */
async function idOf(http: HttpClient, idOrName: string): Promise<string> {
  return UUID.test(idOrName) ? idOrName : (await findServer(http, idOrName)).id;
}

export async function listDrills(flags: ListFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const all = await drillsOf(http);
  if (flags.json === true) return terminal.out(asJson(all, 2));
  const now = Date.now();
  const rows = all.map(({ id, status, servers, started_at, until }) => [
    shortId(id),
    status,
    servers.map(shortId).join(' '),
    withAges(started_at, now),
    withAges(until, now),
  ]);
  terminal.out(table(['ID', 'STATUS', 'SERVERS', 'SINCE', 'EXPIRES'], rows));
}

export async function endDrill(id: string, flags: ConnectionFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const all = await drillsOf(http);
  const drill = find(
    'drill',
    all.map((one) => ({ ...one, name: one.id })),
    id,
  );
  await http.request('DELETE', `${PATH}/${encodeURIComponent(drill.id)}`);
  terminal.out(`${drill.id}: ended\n`);
}

async function drillsOf(http: HttpClient): Promise<readonly Drill[]> {
  const all: Drill[] = [];
  for (let marker: string | null = ''; marker !== null; ) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(marker === '' ? {} : { marker }) });
    const { body } = await http.get<{ drills: readonly Drill[]; next: string | null }>(`${PATH}?${query}`);
    all.push(...body.drills);
    marker = body.next;
  }
  return all;
}
