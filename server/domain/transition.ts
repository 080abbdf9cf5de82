/**
 * The rules for what can happen to a service, as pure functions: row and event in, new row and change out. No
 * clock, no I/O.
 */
import type { Cause, Evidence, Fence } from '../../client-sdk/protocol/items.ts';
import { auditOfService, type By } from './audit.ts';
import type { Duration, Instant } from './clock.ts';
import type { Occurrence, Rules, ServiceDecision } from './decision.ts';
import { DomainError } from './errors.ts';
import { serviceStatus } from './host-status.ts';
import { defaultZone, type Service, type ServiceKey } from './service.ts';

/** Fields of a service that reports, or is declared, for the first time. */
export interface NewService extends ServiceKey {
  readonly uuid: string;
  readonly zone?: string;
}

/** A service that has not reported yet, live from now on: Nova counts `created_at` as its first report. */
export function newService(from: NewService, at: Instant): Service {
  return {
    id: 0,
    uuid: from.uuid,
    host: from.host,
    binary: from.binary,
    zone: from.zone ?? defaultZone(from.binary),
    disabled: false,
    disabledReason: null,
    forcedDown: false,
    forcedDownAt: null,
    forcedDownBy: null,
    forcedDownReason: null,
    fence: 'none',
    heardForcedDownAt: null,
    evidence: null,
    live: true,
    lastSeenUp: at,
    createdAt: at,
    updatedAt: at,
    statusSince: at,
    reportIntervalMs: null,
    serviceDownTimeMs: null,
  };
}

/**
 * A report arrived. A live service is unchanged, a silent one becomes live again, an unknown one is added. The first
 * report of a service that is forced down is announced but lifts nothing: it is evidence that the fence failed.
 */
export function onReport(
  current: Service | undefined,
  report: NewService,
  at: Instant,
  rules: Rules,
  circumstance: Pick<Occurrence, 'flapping'> = {},
): ServiceDecision {
  if (current === undefined) return onAdded(newService(report, at), { cause: 'service_added', at });
  const evidence = isFirstEvidence(current) ? { heardForcedDownAt: at } : {};
  if (current.live && !isFirstEvidence(current)) return { service: current };
  return changed(
    current,
    { live: true, evidence: null, lastSeenUp: at, ...evidence },
    { cause: 'heartbeat', at, ...circumstance },
    rules,
  );
}

/** Would a report be the first since it was forced down? */
export function isFirstEvidence({ forcedDown, heardForcedDownAt }: Service): boolean {
  return forcedDown && heardForcedDownAt === null;
}

/** Is it forced down, has it reported since, and is it not silent again? Its VMs may be running twice. */
export function isFenceBroken({
  forcedDown,
  heardForcedDownAt,
  live,
}: Pick<Service, 'forcedDown' | 'heardForcedDownAt' | 'live'>): boolean {
  return forcedDown && heardForcedDownAt !== null && live;
}

/** The service fell silent: its deadline passed, its connection broke, or it said goodbye. Silence is never DOWN. */
export function onSilence(
  current: Service | undefined,
  circumstance: Occurrence & {
    readonly cause: Extract<Cause, 'timeout' | 'connection_lost' | 'goodbye' | 'mass'>;
    /** How the silence was found; if absent, as the cause alone implies. */
    readonly evidence?: Evidence;
  },
  rules: Rules,
): ServiceDecision {
  if (current === undefined || !current.live) return { service: current };
  const { evidence = EVIDENCE_OF[circumstance.cause] } = circumstance;
  return changed(current, { live: false, evidence }, circumstance, rules);
}

const EVIDENCE_OF = { timeout: 'none', mass: 'none', connection_lost: 'closed', goodbye: 'goodbye' } as const;

/** An operator's switches; a missing one keeps its value. */
export interface Switches {
  readonly forcedDown?: boolean;
  readonly disabled?: boolean;
  /** Set with `disabled: true`; without it the older reason is lost (Nova). */
  readonly disabledReason?: string | null;
  readonly forcedDownReason?: string | null;
  readonly fence?: Fence;
}

/**
 * An operator set forced_down, disabled, or both in one call. Setting what is already set is not a change. @throws
 * DomainError `not_found` if there is no such service
 */
export function onSwitched(
  current: Service | undefined,
  to: Switches,
  by: By,
  rules: Rules,
): ServiceDecision {
  const service = known(current);
  const next: Partial<Mutable<Service>> = {};
  if (to.disabled !== undefined) {
    next.disabled = to.disabled;
    next.disabledReason = to.disabled ? (to.disabledReason ?? null) : null;
  }
  if (to.forcedDown === true && service.forcedDown && to.forcedDownReason !== undefined) {
    next.forcedDownReason = to.forcedDownReason;
  }
  if (to.forcedDown === true && !service.forcedDown) {
    next.forcedDown = true;
    next.forcedDownAt = by.at;
    next.forcedDownBy = by.actor;
    next.forcedDownReason = to.forcedDownReason ?? null;
  }
  if (to.forcedDown === false) {
    next.forcedDown = false;
    next.forcedDownAt = null;
    next.forcedDownBy = null;
    next.forcedDownReason = null;
    next.fence = 'none';
    next.heardForcedDownAt = null;
  }
  if (to.fence !== undefined && to.forcedDown !== false) next.fence = to.fence;
  const cause = causeOf(service, { ...service, ...next });
  const decision = changed(service, next, { cause, at: by.at, actor: by.actor }, rules);
  return { ...decision, ...audited(service, decision.service, by) };
}

/** Settings that Nova has no field for. They appear in no stream. */
export interface ServiceSettings {
  readonly zone?: string;
  readonly reportIntervalMs?: Duration | null;
  readonly serviceDownTimeMs?: Duration | null;
}

/** @throws DomainError `not_found` if there is no such service */
export function onSettings(
  current: Service | undefined,
  settings: ServiceSettings,
  at: Instant,
): ServiceDecision {
  return { service: { ...known(current), ...settings, updatedAt: at } };
}

/** A seed or an import declared the whole service: it is added, or changed to match. */
export function onDeclared(
  current: Service | undefined,
  declared: Service,
  by: { readonly actor: string; readonly at: Instant },
  rules: Rules,
): ServiceDecision {
  if (current === undefined) return onAdded(declared, { cause: 'service_added', at: by.at, actor: by.actor });
  const { id, uuid, createdAt, statusSince, ...rest } = declared;
  const cause = causeOf(current, declared);
  return changed(current, rest, { cause, at: by.at, actor: by.actor }, rules);
}

/** @throws DomainError `not_found` if there is no such service */
export function onServiceRemoved(current: Service | undefined, by: By): ServiceDecision {
  const before = known(current);
  return {
    service: undefined,
    news: { cause: 'service_removed', at: by.at, actor: by.actor, before, after: undefined },
    ...audited(before, undefined, by),
  };
}

/** Names the fact that changed, the gravest if several did; the facts themselves show the direction. */
function causeOf(before: Service, after: Service): Cause {
  if (before.forcedDown !== after.forcedDown) return 'forced_down';
  if (before.disabled !== after.disabled) return 'disabled';
  if (before.live !== after.live) return after.live ? 'heartbeat' : 'timeout';
  return before.fence === after.fence ? 'reason' : 'fence';
}

function onAdded(after: Service, circumstance: Occurrence): ServiceDecision {
  return { service: after, news: { ...circumstance, before: undefined, after } };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The fields of a service that the log shows. A write that leaves them all unchanged is not logged. */
const LOGGED = [
  'forcedDown',
  'disabled',
  'live',
  'disabledReason',
  'forcedDownReason',
  'fence',
  'heardForcedDownAt',
] as const;

function changed(
  current: Service,
  fields: Partial<Service>,
  circumstance: Occurrence,
  rules: Rules,
): ServiceDecision {
  const after: Mutable<Service> = { ...current, ...fields, updatedAt: circumstance.at };
  if (LOGGED.every((field) => after[field] === current[field])) {
    const same = (Object.keys(fields) as (keyof Service)[]).every(
      (field) => current[field] === fields[field],
    );
    return { service: same ? current : after };
  }
  if (serviceStatus(after, rules.order) !== serviceStatus(current, rules.order))
    after.statusSince = circumstance.at;
  return { service: after, news: { ...circumstance, before: current, after } };
}

function audited(before: Service, after: Service | undefined, by: By): Pick<ServiceDecision, 'audit'> {
  const audit = auditOfService(before, after, by);
  return audit === undefined ? {} : { audit };
}

function known(service: Service | undefined): Service {
  if (service === undefined) throw new DomainError('not_found', 'Service not found');
  return service;
}
