/** Order and place in it: a page begins after a row, not after a number of rows, so its cost does not grow with depth. */
import { and, asc, desc, eq, gt, gte, isNotNull, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Instance } from '../../server/domain/instance.ts';
import type { InstanceSort, InstanceSortKey } from '../../server/instance-query.ts';
import { instances } from './schema.ts';

type OwnKey = Extract<InstanceSortKey, keyof Instance>;
type DetailKey = Exclude<InstanceSortKey, keyof Instance>;

/** Newest first and ties by id upward, as Nova lists; the indexes have this order. */
const DEFAULT_SORT: readonly InstanceSort[] = [
  { key: 'createdAt', direction: 'desc' },
  { key: 'id', direction: 'asc' },
];

/** The whole order: ties are broken by id, in the direction of the last key, so that no two rows are equal. */
export function wholeOrder(sort: readonly InstanceSort[]): readonly InstanceSort[] {
  const given = sort.length > 0 ? sort : DEFAULT_SORT;
  const byId = given.findIndex(({ key }) => key === 'id');
  if (byId >= 0) return given.slice(0, byId + 1);
  return [...given, { key: 'id', direction: given.at(-1)?.direction ?? 'asc' }];
}

export function orderBy(order: readonly InstanceSort[]): SQL[] {
  return order.map(({ key, direction }) => (direction === 'asc' ? asc(columnOf(key)) : desc(columnOf(key))));
}

function isOwn(key: InstanceSortKey): key is OwnKey {
  return key in instances;
}

/** A column, or what the JSON of the details holds under that name. */
function columnOf(key: InstanceSortKey): SQLiteColumn | SQL {
  return isOwn(key) ? instances[key] : sql`${instances.details} ->> ${`$.${key}`}`;
}

function placeValue(place: Instance, key: InstanceSortKey): unknown {
  return isOwn(key) ? place[key] : place.details[key as DetailKey];
}

/** Rows that come after `place` in this order. SQLite, like MySQL, sorts NULL before everything. */
export function after(order: readonly InstanceSort[], place: Instance): SQL | undefined {
  return afterInOneSeek(order, place) ?? and(fromFirstKeyOn(order, place), afterKeyByKey(order, place));
}

/** Says nothing new, but lets an index begin at the place instead of walking up to it. */
function fromFirstKeyOn([first]: readonly InstanceSort[], place: Instance): SQL | undefined {
  if (first === undefined || !isNeverNull(first.key)) return undefined;
  const column: SQLiteColumn = instances[first.key];
  const value = place[first.key];
  return first.direction === 'asc' ? gte(column, value) : lte(column, value);
}

function isNeverNull(key: InstanceSortKey): key is OwnKey {
  return isOwn(key) && instances[key].notNull;
}

/** One direction and no NULL possible: a row value, which the index answers with one seek however many ties there are. */
function afterInOneSeek(order: readonly InstanceSort[], place: Instance): SQL | undefined {
  const direction = order[0]?.direction;
  if (order.some((sort) => sort.direction !== direction)) return undefined;
  const keys = order.map(({ key }) => key).filter(isNeverNull);
  if (keys.length < order.length) return undefined;
  const columns = keys.map((key) => sql`${instances[key]}`);
  const values = keys.map((key) => sql`${sql.param(place[key], instances[key])}`);
  const sign = sql.raw(direction === 'asc' ? '>' : '<');
  return sql`(${sql.join(columns, sql`, `)}) ${sign} (${sql.join(values, sql`, `)})`;
}

function afterKeyByKey([first, ...rest]: readonly InstanceSort[], place: Instance): SQL | undefined {
  if (first === undefined) return sql`0`;
  const column = columnOf(first.key) as SQLiteColumn;
  const value = placeValue(place, first.key);
  const same = value === null ? isNull(column) : eq(column, value);
  return or(beyond(column, value, first.direction), and(same, afterKeyByKey(rest, place)));
}

function beyond(column: SQLiteColumn, value: unknown, direction: 'asc' | 'desc'): SQL | undefined {
  if (direction === 'asc') return value === null ? isNotNull(column) : gt(column, value);
  return value === null ? sql`0` : or(lt(column, value), isNull(column));
}
