import type { HostStatusOrder } from '../../../server/domain/host-status.ts';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import { type Pace, type Steps, type TimeSlices, timeSlices } from '../../../server/limits/time-slices.ts';
import type {
  InstanceFilter,
  InstancePage,
  InstanceQuery,
  InstanceSort,
  InstanceSortKey,
} from '../../../server/ports/instance-query.ts';
import { type SetTimer, systemTimers } from '../../../server/timers.ts';
import { and, eq, type SQL, sql } from '../../drizzle.ts';
import type { SqliteConnection } from '../file/connection.ts';
import { instances } from '../schema/compute.ts';
import type { InstanceTable, RowPlace } from '../tables/instances.ts';
import type { ServiceTable } from '../tables/services.ts';
import { type AccessPath, accessPaths, type IndexRange } from './access-paths.ts';
import { type HostStatusFilter, hostStatusIs } from './host-status-filter.ts';
import { oneOf, ownConditions } from './instance-filter.ts';
import { columnOf, type KeysetPlace, orderBy, rangesAfter, wholeOrder } from './keyset-paging.ts';
import { Reader } from './reader.ts';
import { rowTest } from './row-test.ts';
import { ScanPermits, withScanPermit } from './scan-permits.ts';
import type { SortValue } from './sort-values.ts';
import { Walk, type WalkOptions } from './walk.ts';

/** Rows that are read in one step. */
const READ_AT_ONCE = 64;

export interface InstanceQueriesOptions {
  readonly slices?: TimeSlices;
  readonly permits?: ScanPermits;
  readonly setTimer?: SetTimer;
}

interface PageRequest {
  readonly filter: InstanceFilter;
  readonly order: readonly InstanceSort[];
  readonly limit: number;
  readonly after: KeysetPlace | undefined;
  readonly onHosts: HostStatusFilter;
}

/**
 * Lists instances. With a matching index it reads the index; otherwise it searches in small steps, and all
 * requests share one slice of each turn of the event loop.
 */
export class InstanceQueries {
  readonly #connection: SqliteConnection;
  readonly #instances: InstanceTable;
  readonly #services: ServiceTable;
  readonly #order: HostStatusOrder;
  readonly #reader: Reader;
  readonly #slices: TimeSlices;
  readonly #permits: ScanPermits;

  constructor(
    connection: SqliteConnection,
    { instances, services }: { readonly instances: InstanceTable; readonly services: ServiceTable },
    order: HostStatusOrder,
    options: InstanceQueriesOptions = {},
  ) {
    this.#connection = connection;
    this.#instances = instances;
    this.#services = services;
    this.#order = order;
    this.#reader = new Reader(connection);
    this.#slices = options.slices ?? timeSlices;
    this.#permits = options.permits ?? new ScanPermits(options.setTimer ?? systemTimers.setTimer);
  }

  /**
   * A marker is valid if it is an instance of the requested project. It need not match the rest of the filter:
   * between two pages it may have changed, and is still a position in the order.
   */
  page(query: InstanceQuery): Promise<InstancePage> {
    const { signal, caller, filter } = query;
    // Lists of one caller share its turn, so that many of them get no more of the time than one.
    return this.#slices.run((pace) => this.#page(query, pace), signal, caller ?? filter.projectId);
  }

  *#page({ filter, sort, marker, limit, caller }: InstanceQuery, pace: Pace): Steps<InstancePage> {
    const order = wholeOrder(sort);
    const after = marker === undefined ? undefined : this.#placeOf(filter, marker, order);
    if (marker !== undefined && after === undefined) return { instances: [], unknownMarker: true };
    const onHosts = filter.hostStatus ? hostStatusIs(filter.hostStatus, this.#order, this.#services) : {};
    const asked: PageRequest = { filter, order, limit, after, onHosts };
    const paths = accessPaths({ filter, order, hosts: onHosts.hosts });
    const isInside = after === undefined || isBetween(filter, after('updatedAt'));
    const exact = paths[0]?.isExact && isInside ? paths[0].sources[0] : undefined;
    const found = exact && (yield* this.#exact(exact, asked));
    if (found !== undefined) return { instances: found, unknownMarker: false };
    const searched = this.#search(paths, asked);
    const search = { caller: caller ?? filter.projectId ?? '', pace };
    return { instances: yield* withScanPermit(this.#permits, searched, search), unknownMarker: false };
  }

  /** The statement of a list that an index has in its order. Public so that a test can ask for its plan. */
  select(source: IndexRange, limit: number, range?: SQL) {
    return this.#connection.drizzle
      .select({ place: sql.raw('rowid, id') })
      .from(sql`instances INDEXED BY ${sql.raw(source.index.name)}`)
      .where(and(source.where, range ?? source.start))
      .orderBy(...orderBy(source.order))
      .limit(limit)
      .toSQL();
  }

  /** Undefined if not every row of the index is shown, so that it must be searched after all. */
  *#exact(
    source: IndexRange,
    { filter, order, limit, after }: PageRequest,
  ): Steps<readonly Instance[] | undefined> {
    const found: Instance[] = [];
    let place = after;
    for (;;) {
      const { version } = this.#instances;
      const places: RowPlace[] = [];
      for (const range of place ? rangesAfter(order, place) : [undefined]) {
        const left = limit - found.length - places.length;
        if (left > 0) places.push(...this.#reader.rows<RowPlace>(this.select(source, left, range)));
      }
      let isDone = true;
      for (let n = 0; n < places.length && isDone; n += READ_AT_ONCE) {
        const { reads } = this.#instances;
        const some = this.#instances.committedAt(places.slice(n, n + READ_AT_ONCE));
        if (filter.exceptVmStates && some.some(({ vmState }) => filter.exceptVmStates?.includes(vmState))) {
          return undefined;
        }
        found.push(...some);
        if (n + READ_AT_ONCE >= places.length) break;
        // Reading cached rows costs next to nothing.
        if (this.#instances.reads === reads) continue;
        yield;
        // A write meanwhile may have moved the following rows.
        isDone = this.#instances.version === version;
      }
      const last = found.at(-1);
      if (isDone || last === undefined) return found;
      place = placeIn(last);
    }
  }

  /** Searches all paths in turn: the first to reach its end was the shortest. */
  *#search(paths: readonly AccessPath[], asked: PageRequest): Steps<readonly Instance[]> {
    const { hosts, test } = asked.onHosts;
    const found: Instance[] = [];
    let { after } = asked;
    for (;;) {
      const limit = asked.limit - found.length;
      const options: WalkOptions = {
        order: asked.order,
        conditions: and(ownConditions(asked.filter), hosts && oneOf(instances.host, hosts)),
        test: rowTest(this.#instances, asked.filter, test),
        after,
        limit,
      };
      const { version } = this.#instances;
      const walks = paths.map(({ sources }) =>
        new Walk(this.#connection, this.#reader).firstOf(sources, options),
      );
      const first = yield* shortest(walks);
      yield* this.#read(first.rows, options.conditions, version, found);
      const last = first.last;
      if (!first.isFull || found.length === asked.limit || last === undefined) return found;
      // Some rows were deleted meanwhile: others take their place.
      after = (key) => last.values[asked.order.findIndex((by) => by.key === key)] ?? null;
    }
  }

  /** Reads the rows found, if they still match. */
  *#read(
    rows: readonly { readonly rowid: number; readonly id: string }[],
    conditions: SQL | undefined,
    version: number,
    found: Instance[],
  ): Steps<void> {
    for (let n = 0; n < rows.length; n += READ_AT_ONCE) {
      const some = rows.slice(n, n + READ_AT_ONCE).map(({ rowid, id }): RowPlace => [rowid, id]);
      const isAsItWas = this.#instances.version === version;
      found.push(...this.#instances.committedAt(isAsItWas ? some : this.#still(some, conditions)));
      yield;
    }
  }

  #still(places: readonly RowPlace[], conditions: SQL | undefined): RowPlace[] {
    const rowids = JSON.stringify(places.map(([rowid]) => rowid));
    const query = this.#connection.drizzle
      .select({ place: sql.raw('rowid, id') })
      .from(instances)
      .where(and(sql`rowid IN (SELECT value FROM json_each(${rowids}))`, conditions))
      .toSQL();
    const still = new Set(this.#reader.rows<RowPlace>(query).map(([, id]) => id));
    return places.filter(([, id]) => still.has(id));
  }

  #placeOf(
    { projectId }: InstanceFilter,
    id: string,
    order: readonly InstanceSort[],
  ): KeysetPlace | undefined {
    const found = this.#instances.committed(id);
    if (found === undefined || (projectId !== undefined && found.projectId !== projectId)) return undefined;
    const values = Object.fromEntries(order.map(({ key }, n) => [`key${n}`, sql`${columnOf(key)}`]));
    const query = this.#connection.drizzle.select(values).from(instances).where(eq(instances.id, id)).toSQL();
    const [row = []] = this.#reader.rows<SortValue[]>(query);
    return (key) => row[order.findIndex((by) => by.key === key)] ?? null;
  }
}

/** Of an order that an index has: its keys are columns. */
function placeIn(instance: Instance): KeysetPlace {
  return (key: InstanceSortKey) => instance[key as keyof Instance] as SortValue;
}

/** A marker need not match the filter. `changed` is null unless the list is sorted by it. */
function isBetween({ changedSince, changedBefore }: InstanceFilter, changed: SortValue): boolean {
  if (changed === null) return true;
  return changed >= (changedSince ?? changed) && changed <= (changedBefore ?? changed);
}

function* shortest<T>(walks: readonly Steps<T>[]): Steps<T> {
  for (;;) {
    for (const walk of walks) {
      const { done, value } = walk.next();
      if (done) return value as T;
      yield value as undefined;
    }
  }
}
