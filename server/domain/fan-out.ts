/** Which streams get which items when a service's facts change. Pure: the store passes in the instances on the host. */
import { createHash } from 'node:crypto';
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type {
  Change,
  Evidence,
  Fence,
  ServiceChange,
  ServiceState,
} from '../../client-sdk/protocol/items.ts';
import { rfc3339 } from './clock.ts';
import type { Occurrence, Rules, ServiceNews } from './decision.ts';
import { hostStatus, serviceStatus } from './host-status.ts';
import { hostIdOf } from './instances/host-id.ts';
import type { PlacedInstance } from './instances/instance.ts';
import { COMPUTE, factsOf, type Service } from './service.ts';

/** The operator's reason for the flag that is set; that of the force-down if both are. */
export function reasonOf(service: Service | undefined): string | null {
  if (service === undefined) return null;
  return (
    (service.forcedDown ? service.forcedDownReason : null) ??
    (service.disabled ? service.disabledReason : null)
  );
}

/**
 * The owners' items, one per instance on the host, grouped by project. Empty if owners may see none of the change:
 * another binary, or only a reason that owners do not see.
 */
export function itemsForOwners(
  news: ServiceNews,
  placed: readonly PlacedInstance[],
  rules: Rules,
): Map<string, Change[]> {
  const items = new Map<string, Change[]>();
  const service = news.after ?? news.before;
  if (service === undefined || service.binary !== COMPUTE || !ownersSee(news, rules)) return items;
  const shared = {
    ...turn(hostStatus(news.before, rules.order), hostStatus(news.after, rules.order)),
    facts: factsOf(news.after),
    ...circumstanceOf(news),
    correlation_id: news.correlationId ?? correlationOf(news),
    ...evidenceOf(news.after),
    ...(rules.ownersSeeReason ? { reason: reasonOf(news.after) } : {}),
  };
  let projectId: string | undefined;
  let hostId = '';
  for (const instance of placed) {
    if (instance.projectId !== projectId) {
      projectId = instance.projectId;
      hostId = hostIdOf(projectId, service.host);
    }
    const item: Change = { ...shared, server_id: instance.id, name: instance.name, host_id: hostId };
    const list = items.get(instance.projectId);
    if (list === undefined) items.set(instance.projectId, [item]);
    else list.push(item);
  }
  return items;
}

/** The operators' item, for every service and binary. `servers` is the number of instances on the host. */
export function itemForOperators(news: ServiceNews, servers: number, rules: Rules): ServiceChange {
  const service = news.after ?? news.before;
  if (service === undefined) throw new Error('news of nothing');
  const { kind, from, to } = turn(
    serviceStatus(news.before, rules.order),
    serviceStatus(news.after, rules.order),
  );
  return {
    kind: news.before === undefined ? 'service_added' : news.after === undefined ? 'service_removed' : kind,
    from: news.before === undefined ? null : from,
    to: news.after === undefined ? null : to,
    service_id: service.uuid,
    host: service.host,
    binary: service.binary,
    zone: service.zone,
    facts: factsOf(news.after),
    ...circumstanceOf(news),
    correlation_id: news.correlationId ?? correlationOf(news),
    reason: reasonOf(news.after),
    ...evidenceOf(news.after),
    ...(news.actor === undefined ? {} : { actor: news.actor }),
    servers: service.binary === COMPUTE ? servers : 0,
  };
}

/** One line of the operators' snapshot. `servers` as in itemForOperators. */
export function serviceState(service: Service, servers: number, rules: Rules): ServiceState {
  return {
    service_id: service.uuid,
    host: service.host,
    binary: service.binary,
    zone: service.zone,
    host_status: serviceStatus(service, rules.order),
    since: rfc3339(service.statusSince),
    facts: factsOf(service),
    reason: reasonOf(service),
    ...evidenceOf(service),
    servers: service.binary === COMPUTE ? servers : 0,
  };
}

/**
 * How far a client that must decide can rely on the silence of a service, and on its being declared down. Sent with
 * every item of the service: how the silence was found, while it lasts; how far the fence is; and that the service was
 * heard although it was declared down, because a client that took over must know that two may run.
 */
export function evidenceOf(service: Service | undefined): {
  readonly evidence?: Evidence;
  readonly fence?: Fence;
  readonly heard_while_forced_down?: true;
} {
  if (service === undefined) return {};
  return {
    ...(service.live ? {} : { evidence: service.evidence ?? 'none' }),
    fence: service.fence,
    ...(service.heardForcedDownAt === null ? {} : { heard_while_forced_down: true }),
  };
}

/**
 * Names what happened to the host. Every item of the event has the same name, so that owners and operators can match
 * their items. Derived from the event, so that a decision that runs twice gives the same name, and the name does not
 * reveal the host.
 */
function correlationOf(news: ServiceNews): string {
  const { uuid, updatedAt } = (news.after ?? news.before) as Service;
  const what = `${uuid} ${news.at} ${updatedAt} ${news.cause} ${JSON.stringify(factsOf(news.after))}`;
  return createHash('sha256').update(what).digest('hex').slice(0, 32);
}

function turn(from: HostStatus, to: HostStatus) {
  return { kind: from === to ? ('annotation' as const) : ('transition' as const), from, to };
}

function ownersSee(news: ServiceNews, rules: Rules): boolean {
  const before = factsOf(news.before);
  const after = factsOf(news.after);
  if (news.before === undefined || news.after === undefined) return true;
  if (
    before.forced_down !== after.forced_down ||
    before.disabled !== after.disabled ||
    before.live !== after.live ||
    news.before.fence !== news.after.fence ||
    news.before.heardForcedDownAt !== news.after.heardForcedDownAt
  ) {
    return true;
  }
  return rules.ownersSeeReason && reasonOf(news.before) !== reasonOf(news.after);
}

/** The circumstance in the wire's spelling, without the actor, whom owners never see. */
export function circumstanceOf(news: Occurrence) {
  return {
    cause: news.cause,
    at: rfc3339(news.at),
    ...(news.observed
      ? { observed: [rfc3339(news.observed[0]), rfc3339(news.observed[1])] as [string, string] }
      : {}),
    ...(news.correlationId === undefined ? {} : { correlation_id: news.correlationId }),
    ...(news.flapping === undefined ? {} : { flapping: news.flapping }),
    ...(news.detectedAfterRestart === undefined ? {} : { detected_after_restart: news.detectedAfterRestart }),
  };
}
