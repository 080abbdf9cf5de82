/** Walks the sources of a path a few rows at a time, and stops where no further row can be among the first. */

import type { Steps } from '../../../server/limits/time-slices.ts';
import type { InstanceSort, InstanceSortKey } from '../../../server/ports/instance-query.ts';
import { and, type SQL, sql } from '../../drizzle.ts';
import type { SqliteConnection } from '../file/connection.ts';
import { instances } from '../schema/compute.ts';
import type { IndexRange } from './access-paths.ts';
import { FirstRows, type FoundRow } from './first-rows.ts';
import { columnOf, type KeysetPlace, orderBy, rangesAfter, rangesFrom } from './keyset-paging.ts';
import type { Reader } from './reader.ts';
import { comparing, type SortValue } from './sort-values.ts';

/** A row as a walk sees it. `host` is what a filter by host_status looks at. */
export interface Candidate extends FoundRow {
  readonly host: string | null;
}

/** A test of candidates. `read` fetches what it needs for several at once, since one by one costs more. */
export interface RowTest<T = unknown> {
  read(candidates: readonly Candidate[]): readonly T[];
  passes(read: T): boolean;
}

export interface WalkOptions {
  readonly order: readonly InstanceSort[];
  /** What must hold of a row, in SQL. */
  readonly conditions: SQL | undefined;
  /** A further condition on each row; it may take milliseconds. */
  readonly test: RowTest | undefined;
  /** Only what comes after it. */
  readonly after: KeysetPlace | undefined;
  readonly limit: number;
}

type Row = readonly [rowid: number, id: string, ok: number, host: string | null, ...values: SortValue[]];
const BEFORE_VALUES = 4;

/** Rows of one step, from what the steps before took. */
const FEWEST = 64;
const MOST = 1_024;
const STEP_MS = 0.8;
const TESTED_AT_ONCE = 32;

export class Walk {
  readonly #connection: SqliteConnection;
  readonly #reader: Reader;
  #count = 32;

  constructor(connection: SqliteConnection, reader: Reader) {
    this.#connection = connection;
    this.#reader = reader;
  }

  /** The first rows of the order, at most `limit`. */
  *firstOf(sources: readonly IndexRange[], options: WalkOptions): Steps<FirstRows> {
    const first = new FirstRows(comparing(options.order), options.limit);
    for (const source of sources) yield* this.#through(source, options, first);
    return first;
  }

  *#through(source: IndexRange, options: WalkOptions, first: FirstRows): Steps<void> {
    const { order, after } = options;
    const keys = keysOf(source, order);
    const at =
      (row: Row): KeysetPlace =>
      (key) =>
        row[BEFORE_VALUES + keys.indexOf(key)] as SortValue;
    const whole = comparing(order);
    const leading = comparing(order, source.sorted);
    const start = after && order.map(({ key }) => after(key));
    const ranges = startOf(source, order, after);
    let range = ranges.shift();
    while (range !== undefined) {
      const begun = performance.now();
      const count = this.#count;
      const rows = this.#reader.rows<Row>(this.statement(source, options, range.where, count));
      const candidates: Candidate[] = [];
      let isBeyond = false;
      for (const row of rows) {
        const values = valuesOf(row, order);
        const last = first.isFull ? first.last : undefined;
        if (source.sorted > 0 && last !== undefined && leading(values, last.values) > 0) {
          isBeyond = true;
          break;
        }
        if (row[2] !== 1 || !first.takes(values)) continue;
        if (start !== undefined && whole(values, start) <= 0) continue;
        candidates.push({ rowid: row[0], id: row[1], host: row[3], values });
      }
      this.#fit(rows.length, performance.now() - begun);
      yield;
      yield* this.#offer(candidates, options, first);
      const lastRow = rows.at(-1);
      if (isBeyond || (lastRow !== undefined && isDone(source, order, first, valuesOf(lastRow, order))))
        return;
      if (rows.length < count || lastRow === undefined) range = ranges.shift();
      else {
        ranges.splice(
          0,
          ranges.length,
          ...rangesAfter(source.order, at(lastRow)).map((where) => ({ where })),
        );
        range = ranges.shift();
      }
    }
  }

  *#offer(candidates: readonly Candidate[], { test }: WalkOptions, first: FirstRows): Steps<void> {
    if (test === undefined) {
      for (const candidate of candidates) first.offer(candidate);
      return;
    }
    for (let n = 0; n < candidates.length; n += TESTED_AT_ONCE) {
      const some = candidates.slice(n, n + TESTED_AT_ONCE).filter(({ values }) => first.takes(values));
      const read = test.read(some);
      for (const [index, candidate] of some.entries()) {
        if (first.takes(candidate.values) && test.passes(read[index])) first.offer(candidate);
        yield;
      }
    }
  }

  /** One step of a walk. Public so that a test can ask for its plan. */
  statement(source: IndexRange, { order, conditions }: WalkOptions, range: SQL | undefined, count: number) {
    const values = Object.fromEntries(
      keysOf(source, order).map((key, n) => [`key${n}`, sql`${columnOf(key)}`]),
    );
    return this.#connection.drizzle
      .select({
        place: sql.raw('rowid, id'),
        ok: conditions === undefined ? sql.raw('1') : sql`(${conditions})`,
        host: sql`${instances.host}`,
        ...values,
      })
      .from(sql`instances INDEXED BY ${sql.raw(source.index.name)}`)
      .where(and(source.where, range))
      .orderBy(...orderBy(source.order))
      .limit(count)
      .toSQL();
  }

  /** Chooses the next number of rows so that a step takes about its time. */
  #fit(rows: number, took: number): void {
    if (rows === 0) return;
    const fitting = Math.round((rows * STEP_MS) / Math.max(took, 0.05));
    this.#count = Math.max(FEWEST, Math.min(MOST, this.#count * 2, fitting));
  }
}

function valuesOf(row: Row, order: readonly InstanceSort[]): readonly SortValue[] {
  return row.slice(BEFORE_VALUES, BEFORE_VALUES + order.length) as unknown as SortValue[];
}

/** In a source that has the whole order all further rows come after this one. */
function isDone(
  source: IndexRange,
  order: readonly InstanceSort[],
  first: FirstRows,
  values: readonly SortValue[],
): boolean {
  if (!first.isFull || source.sorted < order.length || first.last === undefined) return false;
  return comparing(order)(values, first.last.values) >= 0;
}

/** The columns read from a row: its sort keys first, then what locates it in the source. */
function keysOf(source: IndexRange, order: readonly InstanceSort[]): InstanceSortKey[] {
  return [...new Set([...order, ...source.order].map(({ key }) => key))];
}

interface Range {
  readonly where: SQL | undefined;
}

function startOf(
  source: IndexRange,
  order: readonly InstanceSort[],
  after: KeysetPlace | undefined,
): Range[] {
  const [first] = order;
  if (after === undefined || source.sorted === 0 || first === undefined) return [{ where: source.start }];
  const ranges = source.sorted === order.length ? rangesAfter(order, after) : rangesFrom(first, after);
  return ranges.map((range) => ({ where: range }));
}
