/** Keyset paging: a page begins after a row, not after a number of rows, so depth costs nothing. */
import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { InstanceSort, InstanceSortKey } from '../../../server/ports/instance-query.ts';
import {
  and,
  asc,
  desc,
  eq,
  gt,
  isNotNull,
  isNull,
  lt,
  type SQL,
  type SQLiteColumn,
  sql,
} from '../../drizzle.ts';
import { instances } from '../schema/compute.ts';
import type { SortValue } from './sort-values.ts';

type OwnKey = Extract<InstanceSortKey, keyof Instance>;

/** The value of a row under a key. */
export type KeysetPlace = (key: InstanceSortKey) => SortValue;

/** Newest first and ties by id upward, as Nova lists; the indexes have this order. */
const DEFAULT_SORT: readonly InstanceSort[] = [
  { key: 'createdAt', direction: 'desc' },
  { key: 'id', direction: 'asc' },
];

/** The whole order: ties are broken by id, in the direction of the last key, so that no two rows are equal. */
export function wholeOrder(sort: readonly InstanceSort[]): readonly InstanceSort[] {
  const keys = new Set<InstanceSortKey>();
  // A key that was named before decides nothing.
  const given = (sort.length > 0 ? sort : DEFAULT_SORT).filter(({ key }) => keys.size < keys.add(key).size);
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

/** A column, or a value in the JSON of the details. */
export function columnOf(key: InstanceSortKey): SQLiteColumn | SQL {
  return isOwn(key) ? instances[key] : sql`${instances.details} ->> ${`$.${key}`}`;
}

/**
 * The rows after a place, as ranges to be read one after the other: first those that differ from it in the last key
 * only, at the end those that differ in the first. Each is one seek in an index of this order, whatever the directions
 * and however many rows share a value; one condition for all of them would walk over the ties.
 */
export function rangesAfter(order: readonly InstanceSort[], place: KeysetPlace): SQL[] {
  return order.flatMap((_, n) => {
    const shared = order.slice(0, order.length - 1 - n).map(({ key }) => same(key, place(key)));
    const { key, direction } = order[order.length - 1 - n] as InstanceSort;
    return beyond(key, place(key), direction).map((range) => and(...shared, range) as SQL);
  });
}

/** The rows with the same value under this key as a place, then those that come after it. */
export function rangesFrom({ key, direction }: InstanceSort, place: KeysetPlace): SQL[] {
  return [same(key, place(key)), ...beyond(key, place(key), direction)];
}

function same(key: InstanceSortKey, value: SortValue): SQL {
  const column = columnOf(key) as SQLiteColumn;
  return value === null ? isNull(column) : eq(column, value);
}

/** SQLite, like MySQL, sorts NULL before everything. */
function beyond(key: InstanceSortKey, value: SortValue, direction: 'asc' | 'desc'): SQL[] {
  const column = columnOf(key) as SQLiteColumn;
  if (direction === 'asc') return [value === null ? isNotNull(column) : gt(column, value)];
  if (value === null) return [];
  return isNeverNull(key) ? [lt(column, value)] : [lt(column, value), isNull(column)];
}

function isNeverNull(key: InstanceSortKey): boolean {
  return isOwn(key) && instances[key].notNull;
}
