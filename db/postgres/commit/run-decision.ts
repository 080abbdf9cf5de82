/** Runs one decision on the unit of work: finds the row, lets the rule decide, keeps the row, gathers the changes. */
import type { Change } from '../../../client-sdk/protocol/items.ts';
import type { Rules, ServiceNews } from '../../../server/domain/decision.ts';
import { itemForOperators, itemsForOwners } from '../../../server/domain/fan-out.ts';
import { type Instance, isPresent } from '../../../server/domain/instances/instance.ts';
import { serverState } from '../../../server/domain/instances/placement.ts';
import { refuseNulIn } from '../../../server/domain/nul.ts';
import { COMPUTE, type Service, type ServiceRef } from '../../../server/domain/service.ts';
import type { DrillDecide, InstanceDecide, ServiceDecide } from '../../../server/ports/store.ts';
import type { Unit } from './unit.ts';

export function decideService(
  unit: Unit,
  ref: ServiceRef,
  decide: ServiceDecide,
  rules: Rules,
): Service | undefined {
  const current = unit.service(ref);
  const decision = decide(current, (host) => unit.placedOn(host).length);
  // Before anything is kept: a decision that needs an unread row leaves nothing behind.
  const { news } = decision;
  const announced = news === undefined ? undefined : { news, placed: placedFor(unit, news) };
  const service = keep(unit, current, decision.service);
  if (decision.audit !== undefined) unit.audit.push(decision.audit);
  if (decision.silence !== undefined && service !== undefined)
    unit.silences.push({ serviceId: service.id, record: decision.silence });
  if (announced !== undefined) announce(unit, announced.news, announced.placed, rules);
  return service;
}

export function decideInstance(unit: Unit, id: string, decide: InstanceDecide): Instance | undefined {
  const current = unit.instance(id);
  const { instance, news, action, audit } = decide(current, (host) => unit.computeOn(host));
  if (instance !== undefined && instance !== current) {
    refuseNulIn(instance, 'instance');
    unit.putInstance(instance);
  }
  if (instance === undefined && current !== undefined) unit.removeInstance(id);
  if (action !== undefined) unit.actions.push({ ...action, instanceId: id });
  if (audit !== undefined) unit.audit.push(audit);
  const owner = instance ?? current;
  if (news !== undefined && owner !== undefined) announceTo(unit, owner.projectId, [news]);
  return instance;
}

export function decideDrills(
  unit: Unit,
  projectId: string,
  servers: readonly string[],
  decide: DrillDecide,
  rules: Rules,
): void {
  const named = new Set(servers);
  const decision = decide(unit.drills.of(projectId), (id) => {
    const instance = named.has(id) ? unit.instance(id) : undefined;
    if (!isPresent(instance) || instance.projectId !== projectId) return undefined;
    return serverState(instance, unit.computeOn(instance.host), rules);
  });
  unit.drills.set(projectId, decision.drills);
  if (decision.audit !== undefined) unit.audit.push(decision.audit);
  if (decision.items.length > 0) unit.news.forOwner(projectId, decision.items);
}

function keep(unit: Unit, current: Service | undefined, next: Service | undefined): Service | undefined {
  if (next === current) return current;
  if (next === undefined) {
    if (current === undefined) return undefined;
    unit.removeService(current);
    unit.news.removed(current);
    return undefined;
  }
  refuseNulIn(next, 'service');
  let service: Service;
  if (current === undefined) service = unit.addService(next);
  else {
    service = { ...next, id: current.id };
    unit.replaceService(current, service);
  }
  unit.news.written(service);
  return service;
}

function placedFor(unit: Unit, { after, before }: ServiceNews) {
  const { host, binary } = (after ?? before) as Service;
  return binary === COMPUTE ? unit.placedOn(host) : [];
}

function announce(unit: Unit, news: ServiceNews, placed: ReturnType<typeof placedFor>, rules: Rules): void {
  for (const [projectId, changes] of itemsForOwners(news, placed, rules))
    announceTo(unit, projectId, changes);
  unit.news.forOperators(itemForOperators(news, placed.length, rules));
  const { before, after, at } = news;
  if (after === undefined && before?.binary === COMPUTE) unit.loseCompute(before.host, at);
}

function announceTo(unit: Unit, projectId: string, changes: readonly Change[]): void {
  unit.news.forOwner(projectId, unit.drills.endedBy(projectId, changes));
}
