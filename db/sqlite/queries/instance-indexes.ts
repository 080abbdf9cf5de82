/** The indexes of `instances` that lists are read from, as schema/compute.ts declares them. */
import type { InstanceSort } from '../../../server/ports/instance-query.ts';

/** Columns that an index may fix: a seek by them comes before the walk in its order. */
export type FixedKey = 'id' | 'projectId' | 'host' | 'vmState' | 'imageRef' | 'flavorId';

export interface InstanceIndex {
  readonly name: string;
  readonly fixed: readonly FixedKey[];
  /** The order of its rows once these columns are fixed. Its last key is the id, so that no two rows are equal. */
  readonly order: readonly InstanceSort[];
  /** Which rows are in it. */
  readonly holds: 'present' | 'deleted' | 'all';
}

const id: InstanceSort = { key: 'id', direction: 'asc' };
const NEWEST: readonly InstanceSort[] = [{ key: 'createdAt', direction: 'desc' }, id];
const NAMED: readonly InstanceSort[] = [{ key: 'name', direction: 'asc' }, id];
const CHANGED: readonly InstanceSort[] = [{ key: 'updatedAt', direction: 'asc' }, id];

function index(
  name: string,
  fixed: readonly FixedKey[],
  order: readonly InstanceSort[],
  holds: InstanceIndex['holds'] = 'present',
): InstanceIndex {
  return { name, fixed, order, holds };
}

const DECLARED: readonly InstanceIndex[] = [
  index('sqlite_autoindex_instances_1', ['id'], [id], 'all'),
  index('instances_on_host_listed', ['host'], NEWEST),
  index('instances_of_project_in_state', ['projectId', 'vmState'], NEWEST),
  index('instances_of_project_of_flavor', ['projectId', 'flavorId'], NEWEST),
  index('instances_of_project_of_image', ['projectId', 'imageRef'], NEWEST),
  index('instances_of_project_listed', ['projectId'], NEWEST),
  index('instances_of_project_named', ['projectId'], NAMED),
  index('instances_of_project', ['projectId'], [id]),
  index('instances_of_project_changed', ['projectId'], CHANGED, 'all'),
  index('instances_in_state', ['vmState'], NEWEST),
  index('instances_of_flavor_listed', ['flavorId'], NEWEST),
  index('instances_of_image', ['imageRef'], NEWEST),
  index('instances_listed', [], NEWEST),
  index('instances_named', [], NAMED),
  index('instances_changed', [], CHANGED, 'all'),
  index('instances_deleted', ['projectId'], NEWEST, 'deleted'),
  index('instances_deleted_listed', [], NEWEST, 'deleted'),
];

/** Also with fewer columns fixed: the others come first in the order then. */
const WITH_FEWER_FIXED: readonly InstanceIndex[] = DECLARED.filter(({ fixed }) => fixed[0] !== 'id').flatMap(
  (whole) =>
    whole.fixed.map((_, n) => ({
      ...whole,
      fixed: whole.fixed.slice(0, n),
      order: [
        ...whole.fixed.slice(n).map((key): InstanceSort => ({ key, direction: 'asc' })),
        ...whole.order,
      ],
    })),
);

export const INSTANCE_INDEXES: readonly InstanceIndex[] = [...DECLARED, ...WITH_FEWER_FIXED];
