/** What is kept of an operator's action: who did it, from where, and what it changed. Pure. */
import type { Instant } from './clock.ts';
import { type Instance, isPresent } from './instance.ts';
import type { Service } from './service.ts';

/** Who acts, when, and from which address, where that is known. */
export interface By {
  readonly actor: string;
  readonly at: Instant;
  readonly from?: string | undefined;
}

/** By field, in the wire's spelling: what it was and what it is. Never a secret. */
export type AuditChanges = Readonly<Record<string, readonly [before: unknown, after: unknown]>>;

export interface AuditEntry {
  readonly at: Instant;
  /** User id, `agent-…`, `shell:` and a user of the machine, or the part of hostbeat that acted. */
  readonly actor: string;
  readonly from: string | null;
  /** What was done, as `service.force_down`. */
  readonly action: string;
  /** To what, as `service:compute-1/nova-compute`. */
  readonly subject: string;
  readonly changes: AuditChanges;
}

/** What was done to many at once is told by how many. */
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

export function auditEntry(action: string, subject: string, changes: AuditChanges, by: By): AuditEntry {
  return { at: by.at, actor: by.actor, from: by.from ?? null, action, subject, changes };
}

/** @returns undefined where nothing that an operator sets was changed */
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

/** The gravest of what was done in one call names it. */
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

/** @returns undefined where neither its owner, its name nor its place was changed. One that was deleted is none. */
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
