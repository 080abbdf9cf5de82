import type { Facts } from '../../../client-sdk/protocol/items.ts';
import { COMPUTE, type Service, type ServiceRef } from '../../../server/domain/service.ts';
import type { LastSeen } from '../../../server/ports/store.ts';
import type { Query, Queryable } from '../connection/driver.ts';
import type { Reads } from '../connection/reads.ts';
import { SELECT_SERVICES, toService } from './rows.ts';

export async function serviceOf(reads: Reads, ref: ServiceRef): Promise<Service | undefined> {
  const query: Query =
    'host' in ref
      ? {
          name: 'service by key',
          text: `${SELECT_SERVICES} WHERE s.host = $1 AND s.binary = $2`,
          values: [ref.host, ref.binary],
        }
      : 'uuid' in ref
        ? { name: 'service by uuid', text: `${SELECT_SERVICES} WHERE s.uuid = $1`, values: [ref.uuid] }
        : { name: 'service by id', text: `${SELECT_SERVICES} WHERE s.id = $1`, values: [ref.id] };
  const [row] = await reads.rows<unknown[]>({ ...query, rowMode: 'array' });
  return row && toService(row);
}

export async function servicesOf(
  reads: Reads,
  { host, binary }: { readonly host?: string; readonly binary?: string } = {},
): Promise<Service[]> {
  const rows = await reads.rows<unknown[]>({
    name: 'services of',
    text: `${SELECT_SERVICES} WHERE ($1::text IS NULL OR s.host = $1) AND ($2::text IS NULL OR s.binary = $2) ORDER BY s.id`,
    values: [host ?? null, binary ?? null],
    rowMode: 'array',
  });
  return rows.map(toService);
}

/** The facts of the compute services on these hosts; a host without one is left out. */
export async function computeFacts(
  reads: Reads,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, Facts>> {
  const rows = await reads.rows<Facts & { readonly host: string }>({
    name: 'facts',
    text: `SELECT host, forced_down, disabled, live FROM services WHERE "binary" = '${COMPUTE}' AND host = ANY($1::text[])`,
    values: [hosts],
  });
  return new Map(
    rows.map(({ host, forced_down, disabled, live }) => [host, { forced_down, disabled, live }]),
  );
}

/** Both times only ever move forward. In the order of ids, so that two concurrent writers cannot deadlock. */
export async function writeLastSeen(asked: Queryable, batch: readonly LastSeen[]): Promise<void> {
  const latest = new Map<number, number>();
  for (const { id, at } of batch) latest.set(id, Math.max(at, latest.get(id) ?? 0));
  await asked.query({
    name: 'last seen',
    text: `INSERT INTO last_seen (service, at)
      SELECT v.id, v.at FROM unnest($1::bigint[], $2::bigint[]) AS v(id, at) JOIN services ON services.id = v.id ORDER BY v.id
      ON CONFLICT (service) DO UPDATE SET at = greatest(last_seen.at, excluded.at)`,
    values: [[...latest.keys()], [...latest.values()]],
  });
}
