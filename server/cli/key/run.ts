/** `hostbeat key …`, through a running server. */
import { systemClock } from '../../runtime/clock.ts';
import { findNamed, shortId } from '../accounts/directory.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { serverIds } from '../instances/servers.ts';
import { table } from '../support/table.ts';
import { json as asJson, type Terminal } from '../support/terminal.ts';
import { withAges } from '../support/times.ts';

export type { ConnectionFlags };

export interface AddFlags extends ConnectionFlags {
  readonly name: string;
  readonly server?: readonly string[];
  /** Milliseconds. */
  readonly expires?: number;
  readonly drills?: boolean;
  readonly json?: boolean;
}

export interface ListFlags extends ConnectionFlags {
  readonly json?: boolean;
}

/** As `/v1/watch-keys` shows it; times are RFC 3339. */
interface WatchKey {
  readonly id: string;
  readonly name: string;
  readonly servers: readonly string[] | null;
  readonly drills: boolean;
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

const PATH = '/v1/watch-keys';
/** Keys requested at once. */
const PAGE = 1_000;

export async function addKey(flags: AddFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { name, expires, drills } = flags;
  const servers = await serverIds(http, flags.server);
  const expires_at = expires === undefined ? undefined : new Date(systemClock.now() + expires).toISOString();
  const { body } = await http.request<WatchKey & { readonly key: string }>('POST', PATH, {
    body: { name, servers, expires_at, drills },
  });
  if (flags.json === true) return terminal.out(asJson(body, 2));
  const what =
    body.servers === null
      ? 'all servers of the project'
      : body.servers.length === 1
        ? '1 named server'
        : `${body.servers.length} named servers`;
  terminal.err(`Watch key ${body.id} follows ${what}. It is not shown again.\n`);
  terminal.out(`${body.key}\n`);
}

export async function listKeys(flags: ListFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const all = await keysOf(http);
  if (flags.json === true) return terminal.out(asJson(all, 2));
  const now = Date.now();
  const rows = all.map(({ id, name, servers, drills, created_at, expires_at, last_used_at }) => [
    shortId(id),
    name,
    servers === null ? 'all' : servers.map(shortId).join(' '),
    drills ? 'yes' : 'no',
    withAges(created_at, now),
    withAges(expires_at ?? '-', now),
    withAges(last_used_at ?? 'never', now),
  ]);
  terminal.out(table(['ID', 'NAME', 'SERVERS', 'DRILLS', 'CREATED', 'EXPIRES', 'LAST USED'], rows));
}

async function keysOf(http: HttpClient): Promise<readonly WatchKey[]> {
  const all: WatchKey[] = [];
  for (let marker: string | null = ''; marker !== null; ) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(marker === '' ? {} : { marker }) });
    const { body } = await http.get<{ watch_keys: readonly WatchKey[]; next: string | null }>(
      `${PATH}?${query}`,
    );
    all.push(...body.watch_keys);
    marker = body.next;
  }
  return all;
}

export async function revokeKey(id: string, flags: ConnectionFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const key = findNamed('key', await keysOf(http), id);
  await http.request('DELETE', `${PATH}/${encodeURIComponent(key.id)}`);
  terminal.out(`${key.name} (${key.id}): revoked\n`);
}
