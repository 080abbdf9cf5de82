import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HostStatusOrder } from '../../../server/domain/host-status.ts';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { InstanceFilter, InstancePage, InstanceQuery } from '../../../server/ports/instance-query.ts';
import { and, type SQL, sql } from '../../drizzle.ts';
import type { Reads } from '../connection/reads.ts';
import { QueryBuilder } from '../drizzle.ts';
import { instances } from '../schema/compute.ts';
import { instanceOf } from '../tables/instances.ts';
import { INSTANCE_FIELDS, toInstance } from '../tables/rows.ts';
import { hostStatusIs } from './host-status.ts';
import { ownConditions } from './instance-filter.ts';
import { orderBy, rangesAfter, wholeOrder } from './keyset-paging.ts';

/** How many rows are looked at in one go where a condition is not SQL's. */
const CANDIDATES = 500;

/** How long tests may hold up everybody else: a hostile pattern needs milliseconds for each row. */
const TESTS_MS = 10;

const COLUMNS = sql.raw(INSTANCE_FIELDS.map(({ column }) => `"${column}"`).join(', '));

/** Lists of instances: the query as data becomes one statement for a page, or a few where rows must be tested. */
export class InstanceQueries {
  readonly #reads: Reads;
  readonly #order: HostStatusOrder;

  constructor(reads: Reads, order: HostStatusOrder) {
    this.#reads = reads;
    this.#order = order;
  }

  /** As SQLite's: a marker serves if it is an instance of the project asked for. */
  async page({ filter, sort, marker, limit, signal }: InstanceQuery): Promise<InstancePage> {
    const place = marker === undefined ? undefined : await this.#markerIn(filter, marker);
    if (marker !== undefined && place === undefined) return { instances: [], unknownMarker: true };
    const from = async (start: Instance | undefined, count: number) => {
      const rows: Instance[] = [];
      for (const range of start ? rangesAfter(wholeOrder(sort), start) : [undefined]) {
        if (rows.length === count) break;
        signal?.throwIfAborted();
        rows.push(...(await this.#range({ filter, sort, limit: count - rows.length }, range)));
      }
      return rows;
    };
    const found =
      filter.test === undefined ? await from(place, limit) : await tested(filter.test, from, place, limit);
    return { instances: found, unknownMarker: false };
  }

  async #range({ filter, sort, limit }: InstanceQuery, range?: SQL): Promise<Instance[]> {
    if (limit === 0) return [];
    const status = filter.hostStatus && hostStatusIs(filter.hostStatus, this.#order);
    const { sql: text, params } = new QueryBuilder()
      .select({ row: COLUMNS })
      .from(instances)
      .where(and(ownConditions(filter), status, range))
      .orderBy(...orderBy(wholeOrder(sort)))
      .limit(limit)
      .toSQL();
    const rows = await this.#reads.rows<unknown[]>({ text, values: params, rowMode: 'array' });
    return rows.map(toInstance);
  }

  async #markerIn({ projectId }: InstanceFilter, id: string): Promise<Instance | undefined> {
    const found = await instanceOf(this.#reads, id);
    return projectId === undefined || found?.projectId === projectId ? found : undefined;
  }
}

/** Often most rows pass, so the first go asks for no more than the page. */
async function tested(
  test: (candidate: Instance) => boolean,
  from: (place: Instance | undefined, count: number) => Promise<Instance[]>,
  place: Instance | undefined,
  limit: number,
): Promise<Instance[]> {
  const found: Instance[] = [];
  let start = place;
  let count = limit;
  while (found.length < limit) {
    const candidates = await from(start, count);
    let since = performance.now();
    for (const candidate of candidates) {
      if (found.length < limit && test(candidate)) found.push(candidate);
      if (performance.now() - since < TESTS_MS) continue;
      await nextTurn();
      since = performance.now();
    }
    if (candidates.length < count) break;
    start = candidates.at(-1);
    count = CANDIDATES;
  }
  return found;
}
