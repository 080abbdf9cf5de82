/** Keyset paging: a page begins after a row, not after a number of rows, so depth costs nothing. */

import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { InstanceSort, InstanceSortKey } from '../../../server/ports/instance-query.ts';
import { and, asc, desc, eq, gt, isNotNull, isNull, lt, type SQL, sql } from '../../drizzle.ts';
import type { PgColumn } from '../drizzle.ts';
import { instances } from '../schema/compute.ts';

type OwnKey = Extract<InstanceSortKey, keyof Instance>;
type DetailKey = Exclude<InstanceSortKey, keyof Instance>;

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

/** Null sorts before everything, as in SQLite and MySQL; columns that are never null keep their indexes' order. */
export function orderBy(order: readonly InstanceSort[]): SQL[] {
  return order.map(({ key, direction }) => {
    const column = columnOf(key);
    const by = direction === 'asc' ? asc(column) : desc(column);
    if (isNeverNull(key)) return by;
    return direction === 'asc' ? sql`${by} NULLS FIRST` : sql`${by} NULLS LAST`;
  });
}

function isOwn(key: InstanceSortKey): key is OwnKey {
  return key in instances;
}

/** Fields of the details that are numbers: JSON returns each as a text. */
const NUMBERS: readonly InstanceSortKey[] = ['progress', 'launchIndex'];

/** A column, or a value in the JSON of the details, compared by bytes as columns are. */
function columnOf(key: InstanceSortKey): PgColumn | SQL {
  if (isOwn(key)) return instances[key];
  const field = sql`(${instances.details}::json ->> ${sql.raw(`'${key}'`)})`;
  return NUMBERS.includes(key) ? sql`${field}::numeric` : sql`${field} COLLATE "C"`;
}

function placeValue(place: Instance, key: InstanceSortKey): unknown {
  return isOwn(key) ? place[key] : place.details[key as DetailKey];
}

/**
 * The rows after `place`, as ranges to be read one after the other: first those that differ from it in the last key
 * only, at the end those that differ in the first. Each is one seek in an index of this order, whatever the directions
 * and however many rows share a value; one condition for all of them would walk over the ties.
 */
export function rangesAfter(order: readonly InstanceSort[], place: Instance): SQL[] {
  return order.flatMap((_, n) => {
    const shared = order.slice(0, order.length - 1 - n).map(({ key }) => same(key, placeValue(place, key)));
    const { key, direction } = order[order.length - 1 - n] as InstanceSort;
    return beyond(key, placeValue(place, key), direction).map((range) => and(...shared, range) as SQL);
  });
}

function same(key: InstanceSortKey, value: unknown): SQL {
  const column = columnOf(key) as PgColumn;
  return value === null ? isNull(column) : eq(column, value);
}

function beyond(key: InstanceSortKey, value: unknown, direction: 'asc' | 'desc'): SQL[] {
  const column = columnOf(key) as PgColumn;
  if (direction === 'asc') return [value === null ? isNotNull(column) : gt(column, value)];
  if (value === null) return [];
  return isNeverNull(key) ? [lt(column, value)] : [lt(column, value), isNull(column)];
}

function isNeverNull(key: InstanceSortKey): boolean {
  return isOwn(key) && instances[key].notNull;
}
