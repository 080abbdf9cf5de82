/** What the tables say, by SQL and a second writing of the rule: the truth that streams and REST must agree with. */
import type { Client } from '../../../db/sqlite/connection.ts';
import { type Facts, statusOf } from './history.ts';

export interface ServiceRow {
  readonly host: string;
  readonly live: boolean;
  readonly forcedDown: boolean;
}

export interface ServerTruth {
  readonly status: string;
  readonly facts: Facts;
}

type Flags = { host: string; live: number; forced_down: number; disabled: number };

const NOTHING: ServerTruth = { status: '', facts: { forced_down: false, disabled: false, live: false } };

export function servicesIn(client: Client): ServiceRow[] {
  return client
    .prepare<[], Flags>('SELECT host, live, forced_down, disabled FROM services')
    .all()
    .map(({ host, live, forced_down }) => ({ host, live: live === 1, forcedDown: forced_down === 1 }));
}

/** Present servers of a project by id. */
export function serversIn(client: Client, projectId: string): Map<string, ServerTruth> {
  const services = new Map(
    client
      .prepare<[], Flags>(
        `SELECT host, live, forced_down, disabled FROM services WHERE binary = 'nova-compute'`,
      )
      .all()
      .map((row) => [row.host, row]),
  );
  const servers = client
    .prepare<[string], { id: string; host: string | null }>(
      'SELECT id, host FROM instances WHERE project_id = ? AND deleted_at IS NULL',
    )
    .all(projectId);
  return new Map(servers.map(({ id, host }) => [id, truthOf(services.get(host ?? ''))]));
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

export function floorOf(client: Client | undefined, stream: string): number {
  const floor = client
    ?.prepare<[string], number>('SELECT floor FROM streams WHERE name = ?')
    .pluck()
    .get(stream);
  return floor ?? 1;
}
