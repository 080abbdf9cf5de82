import type { InstanceFilter } from '../../../server/ports/instance-query.ts';
import {
  and,
  eq,
  gte,
  inArray,
  isNotNull,
  isNull,
  lte,
  not,
  or,
  type SQL,
  type SQLiteColumn,
  sql,
} from '../../drizzle.ts';
import { instances } from '../schema/compute.ts';

/** The filter's conditions that concern the row alone: all but `hostStatus` and `test`. */
export function ownConditions(filter: InstanceFilter): SQL | undefined {
  return and(
    equals(instances.projectId, filter.projectId),
    equals(instances.userId, filter.userId),
    equals(instances.host, filter.host),
    equals(instances.node, filter.node),
    equals(instances.imageRef, filter.imageRef),
    // The plus keeps SQLite from using an index: the one by flavor has no order, and a page would sort all servers of a
    // flavor.
    filter.flavorId === undefined ? undefined : sql`+${instances.flavorId} = ${filter.flavorId}`,
    equals(instances.availabilityZone, filter.availabilityZone),
    equals(instances.locked, filter.locked),
    equals(instances.powerState, filter.powerState),
    filter.deleted === undefined
      ? undefined
      : filter.deleted
        ? or(
            isNotNull(instances.deletedAt),
            filter.softDeletedToo ? eq(instances.vmState, 'soft-delete') : undefined,
          )
        : isNull(instances.deletedAt),
    filter.ids && oneOf(instances.id, filter.ids),
    filter.vmStates && oneOf(instances.vmState, filter.vmStates),
    filter.exceptVmStates && not(oneOf(instances.vmState, filter.exceptVmStates)),
    filter.states && (or(...filter.states.map(stateIs)) ?? sql`0`),
    filter.changedSince === undefined ? undefined : gte(instances.updatedAt, filter.changedSince),
    filter.changedBefore === undefined ? undefined : lte(instances.updatedAt, filter.changedBefore),
  );
}

/** One parameter for any number of values: SQLite limits the parameters of a statement. */
export function oneOf(column: SQLiteColumn, values: readonly string[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

function equals(column: SQLiteColumn, value: unknown): SQL | undefined {
  return value === undefined ? undefined : eq(column, value);
}

function stateIs({ vmState, taskStates }: NonNullable<InstanceFilter['states']>[number]): SQL | undefined {
  if (taskStates === undefined) return eq(instances.vmState, vmState);
  const named = taskStates.filter((state) => state !== null);
  const idle = taskStates.includes(null) ? isNull(instances.taskState) : undefined;
  return and(eq(instances.vmState, vmState), or(inArray(instances.taskState, named), idle));
}
