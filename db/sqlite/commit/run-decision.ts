import type { Change } from '../../../client-sdk/protocol/items.ts';
import type { Rules, ServiceNews } from '../../../server/domain/decision.ts';
import { itemForOperators, itemsForOwners } from '../../../server/domain/fan-out.ts';
import { type Instance, isPresent } from '../../../server/domain/instances/instance.ts';
import { serverState } from '../../../server/domain/instances/placement.ts';
import { refuseNulIn } from '../../../server/domain/nul.ts';
import { COMPUTE, type Service, type ServiceRef } from '../../../server/domain/service.ts';
import type { DrillDecide, InstanceDecide, ServiceDecide } from '../../../server/ports/store.ts';
import type { TransactionNews } from '../../transaction-changes.ts';
import type { ActionTable } from '../tables/actions.ts';
import type { InstanceTable } from '../tables/instances.ts';
import type { AuditTable } from '../tables/log/audit.ts';
import type { ExplanationTable } from '../tables/log/explanations.ts';
import type { ServiceTable } from '../tables/services.ts';
import type { Gathered } from './gathered.ts';

export interface DecisionTables {
  readonly services: ServiceTable;
  readonly instances: InstanceTable;
  readonly actions: ActionTable;
  readonly audit: AuditTable;
  readonly explanations: ExplanationTable;
}

/**
 * Runs one decision inside the open transaction: reads the row, calls the rule, writes the row, gathers the
 * changes. The row is written before anything is gathered, so that a decision the database refuses leaves no
 * change behind.
 */
export class Decisions {
  readonly #services: ServiceTable;
  readonly #instances: InstanceTable;
  readonly #actions: ActionTable;
  readonly #audit: AuditTable;
  readonly #explanations: ExplanationTable;
  readonly #rules: Rules;

  constructor({ services, instances, actions, audit, explanations }: DecisionTables, rules: Rules) {
    this.#services = services;
    this.#instances = instances;
    this.#actions = actions;
    this.#audit = audit;
    this.#explanations = explanations;
    this.#rules = rules;
  }

  onService(ref: ServiceRef, decide: ServiceDecide, gathered: Gathered): Service | undefined {
    const current = this.#services.byRef(ref);
    const decision = decide(current, (host) => this.#instances.countOn(host));
    const service = this.#writeService(current, decision.service, gathered.news);
    if (decision.audit !== undefined) this.#audit.add(decision.audit);
    if (decision.silence !== undefined && service !== undefined)
      this.#explanations.addSilence(service.id, decision.silence);
    if (decision.news !== undefined) {
      this.#announce(decision.news, gathered);
      const { before, after, at } = decision.news;
      if (after === undefined && before?.binary === COMPUTE) this.#instances.statusChangedOn(before.host, at);
    }
    return service;
  }

  onInstance(id: string, decide: InstanceDecide, gathered: Gathered): Instance | undefined {
    const current = this.#instances.byId(id);
    const {
      instance,
      news: change,
      action,
      audit,
    } = decide(current, (host) => this.#services.computeOn(host));
    if (instance !== undefined && instance !== current) {
      refuseNulIn(instance, 'instance');
      this.#instances.put(instance);
    }
    if (instance === undefined && current !== undefined) {
      this.#instances.remove(id);
      this.#actions.removeAll(id);
    }
    if (action !== undefined) this.#actions.add(id, action);
    if (audit !== undefined) this.#audit.add(audit);
    const owner = instance ?? current;
    if (change !== undefined && owner !== undefined) this.#announceTo(owner.projectId, [change], gathered);
    return instance;
  }

  onDrills(
    projectId: string,
    servers: readonly string[],
    decide: DrillDecide,
    { news, drills }: Gathered,
  ): void {
    const named = new Set(servers);
    const computes = new Map<string | null, Service | undefined>();
    const decided = decide(drills.of(projectId), (id) => {
      const instance = named.has(id) ? this.#instances.byId(id) : undefined;
      if (!isPresent(instance) || instance.projectId !== projectId) return undefined;
      const { host } = instance;
      if (!computes.has(host)) computes.set(host, this.#services.computeOn(host));
      return serverState(instance, computes.get(host), this.#rules);
    });
    drills.set(projectId, decided.drills);
    if (decided.audit !== undefined) this.#audit.add(decided.audit);
    if (decided.items.length > 0) news.forOwner(projectId, decided.items);
  }

  #writeService(
    current: Service | undefined,
    next: Service | undefined,
    news: TransactionNews,
  ): Service | undefined {
    if (next === current) return current;
    if (next === undefined) {
      if (current === undefined) return undefined;
      this.#services.remove(current.id);
      news.removed(current);
      return undefined;
    }
    refuseNulIn(next, 'service');
    const service = current === undefined ? this.#services.add(next) : { ...next, id: current.id };
    if (current !== undefined) this.#services.replace(service);
    news.written(service);
    return service;
  }

  /**
   * The instances on the host are read here, in the transaction: a concurrent placement is either before or after
   * it.
   */
  #announce(change: ServiceNews, gathered: Gathered): void {
    const { host, binary } = (change.after ?? change.before) as Service;
    const placed = binary === COMPUTE ? this.#instances.placedOn(host) : [];
    for (const [projectId, changes] of itemsForOwners(change, placed, this.#rules)) {
      this.#announceTo(projectId, changes, gathered);
    }
    gathered.news.forOperators(itemForOperators(change, placed.length, this.#rules));
  }

  #announceTo(projectId: string, changes: readonly Change[], { news, drills }: Gathered): void {
    news.forOwner(projectId, drills.endedBy(projectId, changes));
  }
}
