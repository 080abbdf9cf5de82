/** What the tables say, by SQL and a second writing of the rule: the truth that streams and REST must agree with. */
import type { Client } from '../../../db/sqlite/file/client.ts';
import { type Facts, statusOf } from './history.ts';

export interface ServiceRow {
  readonly host: string;
  readonly live: boolean;
}

export interface ServerTruth {
  readonly status: string;
  readonly facts: Facts;
}

/** Prepared once for each connection: they are asked many times in a second of the world. */
function statements(client: Client): Statements {
  const known = prepared.get(client);
  if (known !== undefined) return known;
  const made = prepare(client);
  prepared.set(client, made);
  return made;
}

function prepare(client: Client) {
  return {
    services: client.prepare<[], Flags>('SELECT host, binary, live, forced_down, disabled FROM services'),
    servers: client.prepare<[string], { id: string; host: string | null }>(
      'SELECT id, host FROM instances WHERE project_id = ? AND deleted_at IS NULL',
    ),
    floor: client.prepare<[string], number>('SELECT floor FROM streams WHERE name = ?').pluck(),
  };
}

type Statements = ReturnType<typeof prepare>;

const prepared = new WeakMap<Client, Statements>();

type Flags = { host: string; binary: string; live: number; forced_down: number; disabled: number };

const NOTHING: ServerTruth = { status: '', facts: { forced_down: false, disabled: false, live: false } };

export function servicesIn(client: Client): ServiceRow[] {
  return statements(client)
    .services.all()
    .map(({ host, live }) => ({ host, live: live === 1 }));
}

/** Present servers of a project by id. */
export function serversIn(client: Client, projectId: string): Map<string, ServerTruth> {
  const { services, servers } = statements(client);
  const compute = services.all().filter(({ binary }) => binary === 'nova-compute');
  const byHost = new Map(compute.map((row) => [row.host, row]));
  return new Map(servers.all(projectId).map(({ id, host }) => [id, truthOf(byHost.get(host ?? ''))]));
}

function truthOf(row: Flags | undefined): ServerTruth {
  if (row === undefined) return NOTHING;
  const facts = {
    forced_down: row.forced_down === 1,
    disabled: row.disabled === 1,
    live: row.live === 1,
  };
  return { status: statusOf(facts), facts };
}

/** A file that no process has open cannot be asked, and its messages were sent before. */
export function floorOf(client: Client | undefined, stream: string): number {
  if (client === undefined) return Number.POSITIVE_INFINITY;
  return statements(client).floor.get(stream) ?? 1;
}
