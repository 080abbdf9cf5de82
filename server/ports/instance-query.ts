/** PORT. How the Nova API asks for servers: a query as data, answered by each adapter in its own SQL. */
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { Instant } from '../domain/clock.ts';
import type { Instance } from '../domain/instances/instance.ts';

/** Sort keys of a list: fields of an instance, and of its details from `hostname` on. */
export const INSTANCE_SORT_KEYS = [
  'createdAt',
  'updatedAt',
  'launchedAt',
  'terminatedAt',
  'id',
  'name',
  'host',
  'node',
  'projectId',
  'userId',
  'vmState',
  'taskState',
  'powerState',
  'availabilityZone',
  'imageRef',
  'flavorId',
  'locked',
  'hostname',
  'description',
  'keyName',
  'configDrive',
  'progress',
  'launchIndex',
  'lockedBy',
  'diskConfig',
  'accessIPv4',
  'accessIPv6',
  'kernelId',
  'ramdiskId',
  'rootDeviceName',
] as const;
export type InstanceSortKey = (typeof INSTANCE_SORT_KEYS)[number];

export interface InstanceSort {
  readonly key: InstanceSortKey;
  readonly direction: 'asc' | 'desc';
}

/** Every given condition must hold. Arrays mean "one of". */
export interface InstanceFilter {
  readonly projectId?: string;
  readonly userId?: string;
  readonly host?: string;
  readonly node?: string;
  readonly ids?: readonly string[];
  readonly vmStates?: readonly string[];
  readonly exceptVmStates?: readonly string[];
  /** Pairs of vm_state and task_state, for the API statuses that are an overlay of both. */
  readonly states?: readonly { readonly vmState: string; readonly taskStates?: readonly (string | null)[] }[];
  readonly imageRef?: string;
  readonly flavorId?: string;
  readonly availabilityZone?: string;
  /** true: deleted only. false: present only. Absent: both. */
  readonly deleted?: boolean;
  /** With `deleted: true`: instances that wait for deletion count as deleted. */
  readonly softDeletedToo?: boolean;
  readonly locked?: boolean;
  readonly powerState?: number;
  readonly changedSince?: Instant;
  readonly changedBefore?: Instant;
  readonly hostStatus?: readonly HostStatus[];
  /** Conditions that SQL cannot bound (regular expressions and the like): tested on each candidate row. */
  readonly test?: (instance: Instance) => boolean;
}

export interface InstanceQuery {
  readonly filter: InstanceFilter;
  /** Ties are broken by id, in the last key's direction. Empty: newest first, ties by ascending id. */
  readonly sort: readonly InstanceSort[];
  /** Id of the last instance on the previous page. */
  readonly marker?: string;
  readonly limit: number;
  /** The caller whose share of the search budget it uses. If absent, the share of the project in the query. */
  readonly caller?: string;
  /** Aborts the search. */
  readonly signal?: AbortSignal | undefined;
}

export interface InstancePage {
  readonly instances: readonly Instance[];
  /** The marker is not an instance that this query could have returned. */
  readonly unknownMarker: boolean;
}
