/** The rows that the decisions of one transaction need, read in one round trip after the lock. */

import type { Drill } from '../../../server/domain/drill.ts';
import type { Instance, PlacedInstance } from '../../../server/domain/instances/instance.ts';
import { COMPUTE, type Service, type ServiceKey, type ServiceRef } from '../../../server/domain/service.ts';
import type { Query, Queryable } from '../connection/driver.ts';
import { IN_ORDER, SELECT_DRILLS, toDrill } from '../tables/drills.ts';
import { SELECT_INSTANCES, SELECT_SERVICES, toInstance, toService } from '../tables/rows.ts';

/** What to read for a batch of commands. */
export class Wanted {
  readonly refs: ServiceRef[] = [];
  readonly instances = new Set<string>();
  /** Hosts whose compute service, or whose instances, a decision turned out to need. */
  readonly hosts = new Set<string>();
  readonly placed = new Set<string>();
  /** Projects whose drills a decision turned out to need. */
  readonly drills = new Set<string>();

  get isNothingMissing(): boolean {
    return this.hosts.size + this.placed.size + this.drills.size === 0;
  }
}

/** Rows as they were when the transaction began. An absent row was not requested, or does not exist. */
export class Rows {
  readonly services = new Map<number, Service>();
  readonly instances = new Map<string, Instance>();
  /** By host: present instances, sorted by owner. Only of requested hosts. */
  readonly placed = new Map<string, PlacedInstance[]>();
  /** Requested hosts: those without a compute service have no entry among the services. */
  readonly hosts = new Set<string>();
  /** By project. Only of requested ones. */
  readonly drills = new Map<string, Drill[]>();
}

export function keyOf({ host, binary }: ServiceKey): string {
  return `${host}\n${binary}`;
}

/** Sends all queries at once; resolves when all are answered. */
export async function readInto(rows: Rows, wanted: Wanted, asked: Queryable): Promise<void> {
  const keys = wanted.refs.filter((ref) => 'host' in ref);
  const uuids = wanted.refs.flatMap((ref) => ('uuid' in ref && !('host' in ref) ? [ref.uuid] : []));
  const ids = wanted.refs.flatMap((ref) =>
    'id' in ref && !('uuid' in ref) && !('host' in ref) ? [ref.id] : [],
  );
  const computeHosts = keys.filter(({ binary }) => binary === COMPUTE).map(({ host }) => host);
  const placed = [...new Set([...computeHosts, ...wanted.placed])];
  for (const host of [...computeHosts, ...wanted.hosts]) rows.hosts.add(host);
  for (const host of placed) rows.placed.set(host, []);
  const waiting: Promise<unknown>[] = [];
  const ask = (query: Query, take: (row: readonly unknown[]) => void) => {
    const answer = asked.query({ ...query, rowMode: 'array' });
    waiting.push(
      answer.then(({ rows: found }) => {
        for (const row of found) take(row as unknown as unknown[]);
      }),
    );
  };
  const service = (row: readonly unknown[]) => {
    const found = toService(row);
    rows.services.set(found.id, found);
  };
  if (keys.length > 0)
    ask(
      {
        name: 'services by key',
        text: `${SELECT_SERVICES} JOIN unnest($1::text[], $2::text[]) k(host, "binary") ON s.host = k.host AND s.binary = k.binary`,
        values: [keys.map(({ host }) => host), keys.map(({ binary }) => binary)],
      },
      service,
    );
  if (uuids.length + ids.length > 0) {
    const values = [uuids, ids];
    const named = 'uuid = ANY($1::text[]) OR id = ANY($2::bigint[])';
    ask(
      {
        name: 'services by name',
        text: `${SELECT_SERVICES} WHERE s.${named.replace(' id', ' s.id')}`,
        values,
      },
      (row) => {
        service(row);
        const { host, binary } = toService(row);
        if (binary !== COMPUTE) return;
        rows.hosts.add(host);
        if (!rows.placed.has(host)) rows.placed.set(host, []);
      },
    );
    const beneath = `SELECT host FROM services WHERE "binary" = '${COMPUTE}' AND (${named})`;
    ask(
      {
        name: 'placed beneath',
        text: selectPlaced(`i.host IN (${beneath}) AND i.host <> ALL($3::text[])`),
        values: [...values, placed],
      },
      (row) => addPlaced(rows, row),
    );
  }
  if (wanted.instances.size > 0) {
    const values = [[...wanted.instances]];
    ask({ name: 'instances', text: `${SELECT_INSTANCES} WHERE i.id = ANY($1::text[])`, values }, (row) => {
      const found = toInstance(row);
      rows.instances.set(found.id, found);
      if (found.host !== null) rows.hosts.add(found.host);
    });
    ask(
      {
        name: 'computes beneath',
        text: `${SELECT_SERVICES} WHERE s.binary = '${COMPUTE}' AND s.host IN (SELECT host FROM instances WHERE id = ANY($1::text[]))`,
        values,
      },
      service,
    );
  }
  if (wanted.hosts.size > 0)
    ask(
      {
        name: 'computes',
        text: `${SELECT_SERVICES} WHERE s.binary = '${COMPUTE}' AND s.host = ANY($1::text[])`,
        values: [[...wanted.hosts]],
      },
      service,
    );
  if (placed.length > 0)
    ask({ name: 'placed', text: selectPlaced('i.host = ANY($1::text[])'), values: [placed] }, (row) =>
      addPlaced(rows, row),
    );
  if (wanted.drills.size > 0) {
    for (const projectId of wanted.drills) rows.drills.set(projectId, []);
    const values = [[...wanted.drills]];
    ask(
      { name: 'drills', text: `${SELECT_DRILLS} WHERE d.project_id = ANY($1::text[]) ${IN_ORDER}`, values },
      (row) => {
        const drill = toDrill(row);
        rows.drills.get(drill.projectId)?.push(drill);
      },
    );
  }
  await Promise.all(waiting);
}

function selectPlaced(where: string): string {
  return `SELECT host, project_id, id, name FROM instances i WHERE deleted_at IS NULL AND ${where} ORDER BY host, project_id, id`;
}

function addPlaced(rows: Rows, [host, projectId, id, name]: readonly unknown[]): void {
  const list = rows.placed.get(host as string) ?? [];
  list.push({ id, projectId, name } as PlacedInstance);
  rows.placed.set(host as string, list);
}
