import type { HostStatusOrder } from '../../../server/domain/host-status.ts';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import { FairQueue, type FairQueueLimits } from '../../../server/limits/fair-queue.ts';
import { type Steps, timeSlices } from '../../../server/limits/time-slices.ts';
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

/** Rows read in one step where SQL cannot express a condition. */
const CANDIDATES = 500;

/**
 * Statements of lists and sums at once, over all callers and of one, so that connections are left for everything else.
 * A caller whose lists search for long has its turn after each statement, as every other caller.
 */
export const LIST_LIMITS: FairQueueLimits = {
  running: 4,
  runningPerKey: 2,
  waiting: 512,
  waitingPerKey: 64,
  what: 'lists',
  retryAfterMs: 5_000,
};

const COLUMNS = sql.raw(INSTANCE_FIELDS.map(({ column }) => `"${column}"`).join(', '));

/** Lists of instances: the query as data becomes one statement for a page, or a few where rows must be tested. */
export class InstanceQueries {
  readonly #reads: Reads;
  readonly #order: HostStatusOrder;
  readonly #turns: FairQueue;

  constructor(reads: Reads, order: HostStatusOrder, turns = new FairQueue(LIST_LIMITS)) {
    this.#reads = reads;
    this.#order = order;
    this.#turns = turns;
  }

  /** As in SQLite: a marker is valid if it is an instance of the requested project. */
  async page({ filter, sort, marker, limit, signal, caller }: InstanceQuery): Promise<InstancePage> {
    const whose = { key: caller ?? filter.projectId ?? '', signal };
    const place = marker === undefined ? undefined : await this.#markerIn(filter, marker);
    if (marker !== undefined && place === undefined) return { instances: [], unknownMarker: true };
    const from = async (start: Instance | undefined, count: number) => {
      const rows: Instance[] = [];
      for (const range of start ? rangesAfter(wholeOrder(sort), start) : [undefined]) {
        if (rows.length === count) break;
        const asked = { filter, sort, limit: count - rows.length };
        rows.push(...(await this.#turns.run(whose.key, () => this.#range(asked, range), signal)));
      }
      return rows;
    };
    const found =
      filter.test === undefined
        ? await from(place, limit)
        : await tested(filter.test, from, { place, limit }, whose);
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

/**
 * Often most rows pass, so the first go asks for no more than the page. A hostile pattern needs milliseconds for each row:
 * all tests of all lists share one slice of each turn of the event loop.
 */
async function tested(
  test: (candidate: Instance) => boolean,
  from: (place: Instance | undefined, count: number) => Promise<Instance[]>,
  { place, limit }: { readonly place: Instance | undefined; readonly limit: number },
  { key, signal }: { readonly key: string; readonly signal: AbortSignal | undefined },
): Promise<Instance[]> {
  const found: Instance[] = [];
  let start = place;
  let count = limit;
  while (found.length < limit) {
    const candidates = await from(start, count);
    const steps = function* (): Steps<void> {
      for (const candidate of candidates) {
        if (found.length === limit) return;
        if (test(candidate)) found.push(candidate);
        yield;
      }
    };
    await timeSlices.run(steps, signal, key);
    if (candidates.length < count) break;
    start = candidates.at(-1);
    count = CANDIDATES;
  }
  return found;
}
