import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HostStatusOrder } from '../../../server/domain/host-status.ts';
import type { Instance } from '../../../server/domain/instance.ts';
import { Recent } from '../../../server/domain/recent.ts';
import type { InstanceFilter, InstancePage, InstanceQuery } from '../../../server/instance-query.ts';
import { and, type Query, type SQL, sql } from '../../drizzle.ts';
import type { Connection, Statement } from '../file/connection.ts';
import { instances } from '../schema/compute.ts';
import type { InstanceTable, Place } from '../tables/instances.ts';
import type { ServiceTable } from '../tables/services.ts';
import { hostStatusIs } from './host-status-filter.ts';
import { oneOf, ownConditions } from './instance-filter.ts';
import { orderBy, rangesAfter, wholeOrder } from './keyset-paging.ts';

/** How many rows are looked at in one go where a condition is not SQL's; between two goes others have their turn. */
const CANDIDATES = 500;

/** How long tests may hold up everybody else: a hostile pattern needs milliseconds for each row. */
const TESTS_MS = 10;

type PlacesStatement = Statement<unknown[], Place>;

/** Lists of instances: the query as data becomes one statement for a page, or a few where rows must be tested. */
export class InstanceQueries {
  readonly #connection: Connection;
  readonly #instances: InstanceTable;
  readonly #services: ServiceTable;
  readonly #order: HostStatusOrder;
  /** By their text. */
  readonly #statements = new Recent<PlacesStatement>(100);

  constructor(
    connection: Connection,
    { instances, services }: { readonly instances: InstanceTable; readonly services: ServiceTable },
    order: HostStatusOrder,
  ) {
    this.#connection = connection;
    this.#instances = instances;
    this.#services = services;
    this.#order = order;
  }

  /**
   * A marker serves if it is an instance of the project asked for. It need not match the rest of the filter: between
   * two pages it may have changed, and is still a place in the order.
   */
  async page({ filter, sort, marker, limit }: InstanceQuery): Promise<InstancePage> {
    const place = marker === undefined ? undefined : this.#markerIn(filter, marker);
    if (marker !== undefined && place === undefined) return { instances: [], unknownMarker: true };
    const { hosts, test } = filter.hostStatus
      ? hostStatusIs(filter.hostStatus, this.#order, this.#services)
      : {};
    const from = (start: Instance | undefined, count: number) => {
      const rows: Instance[] = [];
      for (const range of start ? rangesAfter(wholeOrder(sort), start) : [undefined]) {
        if (rows.length === count) break;
        const rest = this.select({ filter, sort, limit: count - rows.length }, range, hosts);
        rows.push(...this.#instances.committedAt(this.#places(rest)));
      }
      return rows;
    };
    const tests = [test, filter.test].filter((each) => each !== undefined);
    const found =
      tests.length === 0
        ? from(place, limit)
        : await tested((candidate) => tests.every((passes) => passes(candidate)), from, place, limit);
    return { instances: found, unknownMarker: false };
  }

  /** The statement that finds one range, without tests. Public so that a test can ask for its plan. */
  select({ filter, sort, limit }: InstanceQuery, range?: SQL, hosts?: readonly string[]) {
    return this.#connection.drizzle
      .select({ place: sql.raw('rowid, id') })
      .from(instances)
      .where(and(ownConditions(filter), hosts && oneOf(instances.host, hosts), range))
      .orderBy(...orderBy(wholeOrder(sort)))
      .limit(limit)
      .toSQL();
  }

  /** By the driver itself: drizzle's mapping of a row costs more than reading it. */
  #places({ sql, params }: Query): Place[] {
    return this.#prepared(sql).all(...params);
  }

  /** To prepare a statement costs as much as to read a page of a hundred with it. */
  #prepared(text: string): PlacesStatement {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#connection.client.prepare<unknown[], Place>(text).raw();
    this.#statements.set(text, statement);
    return statement;
  }

  #markerIn({ projectId }: InstanceFilter, id: string): Instance | undefined {
    const found = this.#instances.committed(id);
    return projectId === undefined || found?.projectId === projectId ? found : undefined;
  }
}

/** Often most rows pass, so the first go asks for no more than the page. */
async function tested(
  test: (candidate: Instance) => boolean,
  from: (place: Instance | undefined, count: number) => Instance[],
  place: Instance | undefined,
  limit: number,
): Promise<Instance[]> {
  const found: Instance[] = [];
  let start = place;
  let count = limit;
  let since = performance.now();
  while (found.length < limit) {
    const candidates = from(start, count);
    for (const candidate of candidates) {
      if (found.length < limit && test(candidate)) found.push(candidate);
      if (performance.now() - since < TESTS_MS) continue;
      await nextTurn();
      since = performance.now();
    }
    if (candidates.length < count) break;
    start = candidates.at(-1);
    count = CANDIDATES;
    await nextTurn();
    since = performance.now();
  }
  return found;
}
