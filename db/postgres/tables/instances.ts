import type { Flavor, Instance, InstanceAction, Usage } from '../../../server/domain/instances/instance.ts';
import type { Reads } from '../connection/reads.ts';
import { SELECT_INSTANCES, toInstance } from './rows.ts';

/** How many instances are asked for a flavor's sizes: of some only its id is known. */
const WITNESSES = 20;

export async function instanceOf(reads: Reads, id: string): Promise<Instance | undefined> {
  const [row] = await reads.rows<unknown[]>({
    name: 'instance',
    text: `${SELECT_INSTANCES} WHERE i.id = $1`,
    values: [id],
    rowMode: 'array',
  });
  return row && toInstance(row);
}

export async function countOn(reads: Reads, host: string): Promise<number> {
  const [row] = await reads.rows<{ count: number }>({
    name: 'count on host',
    text: 'SELECT count(*) AS count FROM instances WHERE host = $1 AND deleted_at IS NULL',
    values: [host],
  });
  return row?.count ?? 0;
}

/** Ids and names of a host's instances; whole rows cost far more. */
export function namesOn(reads: Reads, host: string, limit: number): Promise<{ id: string; name: string }[]> {
  return reads.rows<{ id: string; name: string }>({
    name: 'names on host',
    text: `SELECT id, name FROM instances WHERE host = $1 AND deleted_at IS NULL
      ORDER BY created_at DESC, id LIMIT $2`,
    values: [host, limit],
  });
}

/** Newest first. */
export function actionsOf(reads: Reads, instanceId: string): Promise<InstanceAction[]> {
  return reads.rows<InstanceAction>({
    name: 'actions',
    text: `SELECT action, request_id AS "requestId", user_id AS "userId", project_id AS "projectId", at
      FROM instance_actions WHERE instance_id = $1 ORDER BY id DESC`,
    values: [instanceId],
  });
}

/** The declared flavors, and those of present instances, found by jumps from one to the next in one index. */
export async function flavorsOf(reads: Reads, projectId?: string): Promise<Flavor[]> {
  const declared = await reads.rows<{ flavor: string }>({
    name: 'flavors',
    text: 'SELECT flavor FROM flavors',
  });
  const found = new Map<string, Flavor>();
  for (const { flavor } of declared) {
    const one = JSON.parse(flavor) as Flavor;
    found.set(one.id, one);
  }
  const carried = await reads.rows<{ id: string; flavor: string | null }>({
    name: 'flavors carried',
    text: `WITH RECURSIVE carried (id) AS (
        (SELECT min(flavor_id) FROM instances WHERE deleted_at IS NULL)
        UNION ALL SELECT (SELECT min(flavor_id) FROM instances WHERE deleted_at IS NULL AND flavor_id > carried.id)
          FROM carried WHERE id IS NOT NULL)
      SELECT carried.id, w.flavor FROM carried, LATERAL (
        SELECT (details::json -> 'flavor')::text AS flavor FROM (
          SELECT details FROM instances i WHERE deleted_at IS NULL AND flavor_id = carried.id
            AND ($1::text IS NULL OR project_id = $1) LIMIT ${WITNESSES}) AS witnesses
        ORDER BY ((details::json #>> '{flavor,vcpus}')::numeric > 0) DESC LIMIT 1) AS w
      WHERE carried.id IS NOT NULL`,
    values: [projectId ?? null],
  });
  for (const { id, flavor } of carried) {
    if (flavor !== null && !found.has(id)) found.set(id, JSON.parse(flavor) as Flavor);
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export async function usageOf(
  reads: Reads,
  of: { readonly projectId: string } | { readonly host: string },
): Promise<Usage> {
  if ('host' in of) {
    const [row] = await reads.rows<Usage>({
      name: 'usage of host',
      text: `SELECT count(*) AS instances, coalesce(sum((d #>> '{flavor,vcpus}')::numeric), 0) AS vcpus,
          coalesce(sum((d #>> '{flavor,ram}')::numeric), 0) AS ram, coalesce(sum((d #>> '{flavor,disk}')::numeric), 0) AS disk
        FROM (SELECT details::json AS d FROM instances WHERE deleted_at IS NULL AND host = $1) AS here`,
      values: [of.host],
    });
    return row as Usage;
  }
  const { projectId } = of;
  const [flavors, counts] = await Promise.all([
    flavorsOf(reads, projectId),
    reads.rows<{ id: string; count: number }>({
      name: 'usage of project',
      text: `SELECT flavor_id AS id, count(*) AS count FROM instances WHERE deleted_at IS NULL AND project_id = $1 GROUP BY flavor_id`,
      values: [projectId],
    }),
  ]);
  const total = { instances: 0, vcpus: 0, ram: 0, disk: 0 };
  for (const { id, count } of counts) {
    const flavor = flavors.find((one) => one.id === id);
    if (flavor === undefined) continue;
    total.instances += count;
    total.vcpus += count * flavor.vcpus;
    total.ram += count * flavor.ram;
    total.disk += count * flavor.disk;
  }
  return total;
}
