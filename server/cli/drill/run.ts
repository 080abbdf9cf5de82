/** `hostbeat drill …`, through a running server. */
import { findNamed, shortId } from '../accounts/directory.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { findServer, UUID } from '../instances/servers.ts';
import { table } from '../support/table.ts';
import { json as asJson, type Terminal } from '../support/terminal.ts';
import { printable } from '../support/text.ts';
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

interface Status {
  readonly servers: readonly { readonly server_id: string; readonly name: string }[];
}

const PATH = '/v1/drills';
/** Drills requested at once. */
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

/** A watch key cannot look up a server by name, and needs no name. */
async function idOf(http: HttpClient, idOrName: string): Promise<string> {
  return UUID.test(idOrName) ? idOrName : (await findServer(http, idOrName)).id;
}

export async function listDrills(flags: ListFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const all = await drillsOf(http);
  if (flags.json === true) return terminal.out(asJson(all, 2));
  const now = Date.now();
  const names = await namesOf(http, [...new Set(all.flatMap(({ servers }) => servers))]);
  const rows = all.map(({ id, status, servers, started_at, until }) => [
    shortId(id),
    status,
    servers.map((server) => printable(names.get(server) ?? shortId(server))).join(' '),
    withAges(started_at, now),
    withAges(until, now),
  ]);
  terminal.out(table(['ID', 'STATUS', 'SERVERS', 'SINCE', 'EXPIRES'], rows));
}

/** Ends the drill of this id, or those that a server of this name is in. */
export async function endDrill(named: string, flags: ConnectionFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const all = await drillsOf(http);
  const names = await namesOf(http, [...new Set(all.flatMap(({ servers }) => servers))]);
  const ofServer = all.filter(({ servers }) => servers.some((id) => id === named || names.get(id) === named));
  const asDrills = () => all.map((drill) => ({ ...drill, name: drill.id }));
  for (const { id } of ofServer.length > 0 ? ofServer : [findNamed('drill', asDrills(), named)]) {
    await http.request('DELETE', `${PATH}/${encodeURIComponent(id)}`);
    terminal.out(`${id}: ended\n`);
  }
}

/** Servers that one request asks about. */
const MOST_SERVERS = 100;

/** By `/v1/status`, which a watch key may read too. */
async function namesOf(http: HttpClient, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (let at = 0; at < ids.length; at += MOST_SERVERS) {
    const query = new URLSearchParams({ servers: ids.slice(at, at + MOST_SERVERS).join() });
    const { body } = await http.get<Status>(`/v1/status?${query}`);
    for (const { server_id, name } of body.servers) names.set(server_id, name);
  }
  return names;
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
