/** The audit record of an operator's action: who, from where, and what changed. Pure. */
import type { Instant } from './clock.ts';
import { type Instance, isPresent } from './instances/instance.ts';
import type { Service } from './service.ts';

/** Who acts, when, and from which address, if that is known. */
export interface By {
  readonly actor: string;
  readonly at: Instant;
  readonly from?: string | undefined;
  /** As in AuditEntry. */
  readonly share?: string | undefined;
}

/** By field, in the wire's spelling: the value before and the value after. Never a secret. */
export type AuditChanges = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

export interface AuditEntry {
  readonly at: Instant;
  /** User id, `agent-…`, `shell:` and a user of the machine, or the part of hostbeat that acted. */
  readonly actor: string;
  readonly from: string | null;
  /** The action, such as `service.force_down`. */
  readonly action: string;
  /** What it was done to, such as `service:compute-1/nova-compute`. */
  readonly subject: string;
  readonly changes: AuditChanges;
  /** The project or account whose limited share of the log it uses; absent for actions of operators. */
  readonly share?: string;
}

/** An action on many things at once is recorded by its counts. */
export function countsAsChanges(counts: object): AuditChanges {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, [null, count] as const]));
}

const SERVICE_FIELDS = {
  zone: 'zone',
  disabled: 'disabled',
  disabled_reason: 'disabledReason',
  forced_down: 'forcedDown',
  forced_down_reason: 'forcedDownReason',
  fence: 'fence',
  report_interval_ms: 'reportIntervalMs',
  service_down_time_ms: 'serviceDownTimeMs',
} as const satisfies Record<string, keyof Service>;

/** Number of ids that an entry lists of one list. */
const MOST_LISTED = 20;

/** Shortens a list that an owner chose: its first ids, and the number of the others, so that no entry is large. */
export function shortened(ids: readonly string[]): readonly string[] {
  const more = ids.length - MOST_LISTED;
  return more > 0 ? [...ids.slice(0, MOST_LISTED), `and ${more} more`] : ids;
}

export function auditEntry(action: string, subject: string, changes: AuditChanges, by: By): AuditEntry {
  const entry = { at: by.at, actor: by.actor, from: by.from ?? null, action, subject, changes };
  return by.share === undefined ? entry : { ...entry, share: by.share };
}

/** @returns undefined if no setting of an operator changed */
export function auditOfService(
  before: Service | undefined,
  after: Service | undefined,
  by: By,
): AuditEntry | undefined {
  const service = after ?? before;
  if (service === undefined) return undefined;
  const changes: Record<string, readonly [unknown, unknown]> = {};
  for (const [name, field] of Object.entries(SERVICE_FIELDS)) {
    const was = before?.[field] ?? null;
    const is = after?.[field] ?? null;
    if (was !== is) changes[name] = [was, is];
  }
  if (Object.keys(changes).length === 0) return undefined;
  const subject = `service:${service.host}/${service.binary}`;
  return auditEntry(serviceAction(before, after), subject, changes, by);
}

/** Names the call after the gravest of its changes. */
function serviceAction(before: Service | undefined, after: Service | undefined): string {
  if (before === undefined) return 'service.declare';
  if (after === undefined) return 'service.delete';
  if (before.forcedDown !== after.forcedDown) {
    return after.forcedDown ? 'service.force_down' : 'service.lift_force_down';
  }
  if (before.disabled !== after.disabled) return after.disabled ? 'service.disable' : 'service.enable';
  return before.fence === after.fence ? 'service.set' : 'service.fence';
}

const INSTANCE_FIELDS = { project_id: 'projectId', name: 'name', host: 'host' } as const satisfies Record<
  string,
  keyof Instance
>;

/** @returns undefined if neither owner, name nor placement changed. A deleted instance counts as absent. */
export function auditOfInstance(
  was: Instance | undefined,
  is: Instance | undefined,
  by: By,
): AuditEntry | undefined {
  const before = isPresent(was) ? was : undefined;
  const after = isPresent(is) ? is : undefined;
  const changes: Record<string, readonly [unknown, unknown]> = {};
  for (const [name, field] of Object.entries(INSTANCE_FIELDS)) {
    const pair = [before?.[field] ?? null, after?.[field] ?? null] as const;
    if (pair[0] !== pair[1]) changes[name] = pair;
  }
  if (Object.keys(changes).length === 0) return undefined;
  const action = before === undefined ? 'register' : after === undefined ? 'delete' : 'move';
  return auditEntry(`instance.${action}`, `instance:${(after ?? before)?.id}`, changes, by);
}
