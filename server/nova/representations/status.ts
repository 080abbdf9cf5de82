/** Nova's API status of a server, from vm_state with task_state laid over it. */

/** vm_state → its status, and the statuses of task_states that show through it. */
const STATUSES: Readonly<
  Record<string, { readonly status: string; readonly tasks?: Readonly<Record<string, string>> }>
> = {
  active: {
    status: 'ACTIVE',
    tasks: {
      rebooting: 'REBOOT',
      reboot_pending: 'REBOOT',
      reboot_started: 'REBOOT',
      rebooting_hard: 'HARD_REBOOT',
      reboot_pending_hard: 'HARD_REBOOT',
      reboot_started_hard: 'HARD_REBOOT',
      updating_password: 'PASSWORD',
      rebuilding: 'REBUILD',
      rebuild_block_device_mapping: 'REBUILD',
      rebuild_spawning: 'REBUILD',
      migrating: 'MIGRATING',
      resize_prep: 'RESIZE',
      resize_migrating: 'RESIZE',
      resize_migrated: 'RESIZE',
      resize_finish: 'RESIZE',
    },
  },
  building: { status: 'BUILD' },
  stopped: {
    status: 'SHUTOFF',
    tasks: {
      resize_prep: 'RESIZE',
      resize_migrating: 'RESIZE',
      resize_migrated: 'RESIZE',
      resize_finish: 'RESIZE',
      rebuilding: 'REBUILD',
      rebuild_block_device_mapping: 'REBUILD',
      rebuild_spawning: 'REBUILD',
    },
  },
  resized: { status: 'VERIFY_RESIZE', tasks: { resize_reverting: 'REVERT_RESIZE' } },
  paused: { status: 'PAUSED', tasks: { migrating: 'MIGRATING' } },
  suspended: { status: 'SUSPENDED' },
  rescued: { status: 'RESCUE' },
  error: {
    status: 'ERROR',
    tasks: {
      rebuilding: 'REBUILD',
      rebuild_block_device_mapping: 'REBUILD',
      rebuild_spawning: 'REBUILD',
    },
  },
  deleted: { status: 'DELETED' },
  'soft-delete': { status: 'SOFT_DELETED' },
  shelved: { status: 'SHELVED' },
  shelved_offloaded: { status: 'SHELVED_OFFLOADED' },
};

export function serverStatus(vmState: string, taskState: string | null): string {
  const entry = Object.hasOwn(STATUSES, vmState) ? STATUSES[vmState] : undefined;
  return (taskState === null ? undefined : entry?.tasks?.[taskState]) ?? entry?.status ?? 'UNKNOWN';
}

export interface StatesOfStatus {
  readonly vmStates: readonly string[];
  /** Undefined where the filter names the status of a vm_state itself: then any task_state will do (Nova). */
  readonly taskStates: readonly string[] | undefined;
}

/** The rows that a filter by these statuses matches, undefined if no such status exists. Ignores case. */
export function statesOf(statuses: readonly string[]): StatesOfStatus | undefined {
  const asked = new Set(statuses.map((status) => status.toUpperCase()));
  const vmStates = new Set<string>();
  const taskStates = new Set<string>();
  let plain = false;
  for (const [vmState, { status, tasks = {} }] of Object.entries(STATUSES)) {
    if (asked.has(status)) {
      vmStates.add(vmState);
      plain = true;
    }
    for (const [taskState, overlaid] of Object.entries(tasks)) {
      if (!asked.has(overlaid)) continue;
      vmStates.add(vmState);
      taskStates.add(taskState);
    }
  }
  if (vmStates.size === 0) return undefined;
  return { vmStates: [...vmStates], taskStates: plain ? undefined : [...taskStates] };
}
