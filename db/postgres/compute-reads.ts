/** Reads committed services, instances, flavors and drills, on PostgreSQL. */
import type { Facts } from '../../client-sdk/protocol/items.ts';
import type { Rules } from '../../server/domain/decision.ts';
import type { Drill } from '../../server/domain/drill.ts';
import type { Flavor, Instance, InstanceAction, Usage } from '../../server/domain/instances/instance.ts';
import type { Service, ServiceRef } from '../../server/domain/service.ts';
import { FairQueue } from '../../server/limits/fair-queue.ts';
import type { InstancePage, InstanceQuery } from '../../server/ports/instance-query.ts';
import type { Reads } from './connection/reads.ts';
import { InstanceQueries, LIST_LIMITS } from './queries/instances.ts';
import { drillsOf } from './tables/drills.ts';
import { actionsOf, countOn, flavorsOf, instanceOf, namesOn, usageOf } from './tables/instances.ts';
import { computeFacts, serviceOf, servicesOf } from './tables/services.ts';

export class ComputeReads {
  readonly #reads: Reads;
  /** Lists, flavors and usage read as many rows as a project has: they share the turns of their project. */
  readonly #turns = new FairQueue(LIST_LIMITS);
  readonly #queries: InstanceQueries;

  constructor(reads: Reads, { order }: Pick<Rules, 'order'>) {
    this.#reads = reads;
    this.#queries = new InstanceQueries(reads, order, this.#turns);
  }

  service(ref: ServiceRef): Promise<Service | undefined> {
    return serviceOf(this.#reads, ref);
  }

  services(filter?: { readonly host?: string; readonly binary?: string }): Promise<readonly Service[]> {
    return servicesOf(this.#reads, filter);
  }

  computeFacts(hosts: readonly string[]): Promise<ReadonlyMap<string, Facts>> {
    return computeFacts(this.#reads, hosts);
  }

  instance(id: string): Promise<Instance | undefined> {
    return instanceOf(this.#reads, id);
  }

  instances(query: InstanceQuery): Promise<InstancePage> {
    return this.#queries.page(query);
  }

  countOnHost(host: string): Promise<number> {
    return countOn(this.#reads, host);
  }

  namesOnHost(host: string, limit: number) {
    return namesOn(this.#reads, host, limit);
  }

  actions(instanceId: string): Promise<readonly InstanceAction[]> {
    return actionsOf(this.#reads, instanceId);
  }

  flavors(projectId?: string): Promise<readonly Flavor[]> {
    return this.#turns.run(projectId ?? '', () => flavorsOf(this.#reads, projectId));
  }

  usage(of: { readonly projectId: string } | { readonly host: string }): Promise<Usage> {
    return this.#turns.run('projectId' in of ? of.projectId : '', () => usageOf(this.#reads, of));
  }

  drills(projectId?: string): Promise<readonly Drill[]> {
    return drillsOf(this.#reads, projectId);
  }
}
