import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ServerState, ServiceState } from '../../../client-sdk/protocol/items.ts';
import type { Rules } from '../../../server/domain/decision.ts';
import { serviceState } from '../../../server/domain/fan-out.ts';
import type { Instance, PlacedInstance } from '../../../server/domain/instances/instance.ts';
import { serverState } from '../../../server/domain/instances/placement.ts';
import { COMPUTE, type Service } from '../../../server/domain/service.ts';
import { projectStream } from '../../../server/ports/log.ts';
import type { Snapshot, SnapshotRemark } from '../../../server/ports/store.ts';
import { placesOf } from '../../snapshot-places.ts';
import type { Reads } from '../connection/reads.ts';
import { boundsIn } from '../tables/log.ts';
import { SELECT_SERVICES, toService } from '../tables/rows.ts';

/** Lines made in one step; between two steps other work runs. */
const PAGE = 500;

const NOTHING: SnapshotRemark = () => ({});

type Streamed = PlacedInstance & Pick<Instance, 'host' | 'placedAt' | 'statusSince'>;

/** Present servers of a project, by id. */
export async function projectSnapshot(
  reads: Reads,
  projectId: string,
  rules: Rules,
  remark: SnapshotRemark = NOTHING,
): Promise<Snapshot<ServerState>> {
  const [bounds, services, instances] = await reads.snapshot(async (asked) => {
    const at = boundsIn(asked, projectStream(projectId));
    const computes = asked.query({
      name: 'computes of project',
      text: `${SELECT_SERVICES} WHERE s.binary = '${COMPUTE}' AND s.host IN
        (SELECT host FROM instances WHERE project_id = $1 AND deleted_at IS NULL)`,
      values: [projectId],
      rowMode: 'array',
    });
    const present = asked.query({
      name: 'instances of project',
      text: `SELECT id, project_id AS "projectId", name, host, placed_at AS "placedAt", status_since AS "statusSince"
        FROM instances WHERE project_id = $1 AND deleted_at IS NULL ORDER BY id`,
      values: [projectId],
    });
    return Promise.all([at, computes, present]);
  });
  const computes = new Map<string | null, Service>();
  for (const row of services.rows) {
    const service = toService(row as unknown as unknown[]);
    computes.set(service.host, service);
  }
  const items = await inTurns(instances.rows as Streamed[], (instance) => ({
    ...serverState(instance, computes.get(instance.host), rules),
    ...(instance.host === null ? {} : remark({ host: instance.host, binary: COMPUTE })),
  }));
  return { ...placesOf(bounds), items };
}

/** All services, by id. */
export async function hostsSnapshot(
  reads: Reads,
  rules: Rules,
  remark: SnapshotRemark = NOTHING,
): Promise<Snapshot<ServiceState>> {
  const [bounds, services, counts] = await reads.snapshot(async (asked) =>
    Promise.all([
      boundsIn(asked, 'hosts'),
      asked.query({ name: 'all services', text: `${SELECT_SERVICES} ORDER BY s.id`, rowMode: 'array' }),
      asked.query({
        name: 'counts',
        text: 'SELECT host, count(*) AS count FROM instances WHERE deleted_at IS NULL AND host IS NOT NULL GROUP BY host',
      }),
    ]),
  );
  const servers = new Map(counts.rows.map(({ host, count }) => [host as string, count as number]));
  const items = await inTurns(services.rows as unknown as unknown[][], (row) => {
    const service = toService(row);
    const count = service.binary === COMPUTE ? (servers.get(service.host) ?? 0) : 0;
    return { ...serviceState(service, count, rules), ...remark(service) };
  });
  return { ...placesOf(bounds), items };
}

async function inTurns<T, R>(rows: readonly T[], make: (row: T) => R): Promise<R[]> {
  const made: R[] = [];
  for (const row of rows) {
    made.push(make(row));
    if (made.length % PAGE === 0) await nextTurn();
  }
  return made;
}
