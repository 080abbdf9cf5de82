import { setImmediate as nextTurn } from 'node:timers/promises';
import { and, eq, type SQL } from 'drizzle-orm';
import type { HostStatusOrder } from '../../server/domain/host-status.ts';
import type { Instance } from '../../server/domain/instance.ts';
import type { InstanceFilter, InstancePage, InstanceQuery } from '../../server/instance-query.ts';
import { toInstance } from '../rows.ts';
import type { Connection } from './connection.ts';
import { hostStatusIs } from './host-status-filter.ts';
import { ownConditions } from './instance-filter.ts';
import { after, orderBy, wholeOrder } from './keyset.ts';
import { instances } from './schema.ts';

/** How many rows are looked at in one go where a condition is not SQL's; between two goes others have their turn. */
const CANDIDATES = 500;

/** Lists of instances: the query as data becomes one statement for a page, or a few where rows must be tested. */
export class InstanceQueries {
  readonly #drizzle: Connection['drizzle'];
  readonly #order: HostStatusOrder;

  constructor({ drizzle }: Connection, order: HostStatusOrder) {
    this.#drizzle = drizzle;
    this.#order = order;
  }

  /**
   * A marker serves if it is an instance of the project asked for. It need not match the rest of the filter: between
   * two pages it may have changed, and is still a place in the order.
   */
  async page({ filter, sort, marker, limit }: InstanceQuery): Promise<InstancePage> {
    const place = marker === undefined ? undefined : this.#markerIn(filter, marker);
    if (marker !== undefined && place === undefined) return { instances: [], unknownMarker: true };
    const from = (start: Instance | undefined, count: number) =>
      this.select({ filter, sort, limit: count }, start).all().map(toInstance);
    const { test } = filter;
    const found = test === undefined ? from(place, limit) : await tested(test, from, place, limit);
    return { instances: found, unknownMarker: false };
  }

  /** The statement that reads the rows after `place`, without `test`. Public so that a test can ask for its plan. */
  select({ filter, sort, limit }: InstanceQuery, place?: Instance) {
    const order = wholeOrder(sort);
    const conditions: (SQL | undefined)[] = [
      ownConditions(filter),
      filter.hostStatus && hostStatusIs(filter.hostStatus, this.#order, this.#drizzle),
      place && after(order, place),
    ];
    return this.#drizzle
      .select()
      .from(instances)
      .where(and(...conditions))
      .orderBy(...orderBy(order))
      .limit(limit);
  }

  #markerIn({ projectId }: InstanceFilter, id: string): Instance | undefined {
    const row = this.#drizzle.select().from(instances).where(eq(instances.id, id)).get();
    return row === undefined || (projectId !== undefined && row.projectId !== projectId)
      ? undefined
      : toInstance(row);
  }
}

async function tested(
  test: NonNullable<InstanceFilter['test']>,
  from: (place: Instance | undefined, count: number) => Instance[],
  place: Instance | undefined,
  limit: number,
): Promise<Instance[]> {
  const found: Instance[] = [];
  let start = place;
  while (found.length < limit) {
    const candidates = from(start, CANDIDATES);
    for (const candidate of candidates) if (found.length < limit && test(candidate)) found.push(candidate);
    if (candidates.length < CANDIDATES) break;
    start = candidates.at(-1);
    await nextTurn();
  }
  return found;
}
