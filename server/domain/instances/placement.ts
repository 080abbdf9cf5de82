/** Rules for what an owner must learn about an instance: it appears, moves or goes. Pure. */
import type { Change, ServerState } from '../../../client-sdk/protocol/items.ts';
import { type Instant, rfc3339 } from '../clock.ts';
import type { InstanceDecision, Occurrence, Rules } from '../decision.ts';
import { DomainError } from '../errors.ts';
import { circumstanceOf, evidenceOf, reasonOf } from '../fan-out.ts';
import { hostStatus } from '../host-status.ts';
import { factsOf, type Service } from '../service.ts';
import { hostIdOf } from './host-id.ts';
import { type Instance, isPresent, type PlacedInstance } from './instance.ts';

/** The compute service on a host, undefined if it has none; the store reads it in the same transaction. */
export type ComputeOf = (host: string | null) => Service | undefined;

/**
 * An instance becomes `next` (undefined: removed for good; `deletedAt` set: deleted but still listable). Appearing,
 * moving and going are changes in the log; every other field concerns only Nova and is written without one.
 * @throws DomainError `conflict` if it belongs to another project: an instance never changes its owner
 */
export function onInstance(
  current: Instance | undefined,
  next: Instance | undefined,
  computeOf: ComputeOf,
  circumstance: Occurrence,
  rules: Rules,
): InstanceDecision {
  if (current !== undefined && next !== undefined && current.projectId !== next.projectId) {
    throw new DomainError('conflict', 'Instance belongs to another project');
  }
  const was = isPresent(current) ? current : undefined;
  const is = isPresent(next) ? next : undefined;
  const at = circumstance.at;
  if (is === undefined) {
    if (was === undefined) return { instance: next };
    return {
      instance: next,
      news: item(was, 'server_removed', was, undefined, computeOf, circumstance, rules),
    };
  }
  if (was === undefined) {
    const instance = { ...is, placedAt: at, statusSince: at };
    return { instance, news: item(is, 'server_added', undefined, is, computeOf, circumstance, rules) };
  }
  if (was.host === is.host)
    return { instance: { ...is, placedAt: was.placedAt, statusSince: was.statusSince } };
  const same = hostStatus(computeOf(was.host), rules.order) === hostStatus(computeOf(is.host), rules.order);
  const statusSince = same ? sinceOf(was, computeOf(was.host)) : at;
  const kind = same ? 'annotation' : 'transition';
  return {
    instance: { ...is, placedAt: at, statusSince },
    news: item(is, kind, was, is, computeOf, circumstance, rules),
  };
}

/** Since when the instance has its host_status: its host's last change, or its own move if that came later. */
export function sinceOf(
  instance: Pick<Instance, 'placedAt' | 'statusSince'>,
  service: Pick<Service, 'statusSince'> | undefined,
): Instant {
  if (service === undefined || service.statusSince <= instance.placedAt) return instance.statusSince;
  return service.statusSince;
}

/** One line of an owner's snapshot. */
export function serverState(
  instance: PlacedInstance & Pick<Instance, 'host' | 'placedAt' | 'statusSince'>,
  service: Service | undefined,
  rules: Rules,
): ServerState {
  return {
    server_id: instance.id,
    name: instance.name,
    host_status: hostStatus(service, rules.order),
    host_id: hostIdOf(instance.projectId, instance.host),
    since: rfc3339(sinceOf(instance, service)),
    facts: factsOf(service),
    ...evidenceOf(service),
    ...(rules.ownersSeeReason ? { reason: reasonOf(service) } : {}),
  };
}

function item(
  who: Instance,
  kind: Change['kind'],
  was: Instance | undefined,
  is: Instance | undefined,
  computeOf: ComputeOf,
  circumstance: Occurrence,
  rules: Rules,
): Change {
  const service = is === undefined ? undefined : computeOf(is.host);
  return {
    kind,
    server_id: who.id,
    name: who.name,
    from: was === undefined ? null : hostStatus(computeOf(was.host), rules.order),
    to: is === undefined ? null : hostStatus(service, rules.order),
    host_id: hostIdOf(who.projectId, is === undefined ? who.host : is.host),
    facts: factsOf(service),
    ...circumstanceOf(circumstance),
    ...evidenceOf(service),
    ...(rules.ownersSeeReason ? { reason: reasonOf(service) } : {}),
  };
}
