/** Settings of the records kept besides the log for looking back, and for how long. */
import type { Option } from './option.ts';

export const RETENTION_OPTIONS = {
  deletedRetention: {
    env: 'HOSTBEAT_DELETED_RETENTION',
    type: 'seconds',
    default: '7776000',
    min: 60,
    value: 'SECONDS',
    help: 'How long servers that were deleted, and tokens of agents and watch keys that have ended, are still listed. After that they are gone, as after an archive of Nova.',
  },
  actionsRetention: {
    env: 'HOSTBEAT_ACTIONS_RETENTION',
    type: 'seconds',
    default: '31536000',
    min: 60,
    value: 'SECONDS',
    help: 'How long actions on servers are kept, 100 of each server at most.',
  },
  auditRetention: {
    env: 'HOSTBEAT_AUDIT_RETENTION',
    type: 'seconds',
    default: '31536000',
    min: 60,
    value: 'SECONDS',
    help: 'How long entries of the audit log are kept: a million of operators at most, ten thousand of each other project or account.',
  },
  auditItems: {
    env: 'HOSTBEAT_AUDIT_ITEMS',
    type: 'integer',
    default: '1000000',
    min: 1_000,
    value: 'N',
    help: 'How many entries of the audit log are kept of all projects and accounts together. Beyond it those with the most entries lose their oldest. Operators’ entries do not count.',
  },
} as const satisfies Record<string, Option>;
