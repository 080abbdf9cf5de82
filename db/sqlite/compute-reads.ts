/** Reads committed services, instances, flavors and drills, on SQLite. */
import type { Facts } from '../../client-sdk/protocol/items.ts';
import type { Drill } from '../../server/domain/drill.ts';
import type { Flavor, Instance, InstanceAction, Usage } from '../../server/domain/instances/instance.ts';
import type { Service, ServiceRef } from '../../server/domain/service.ts';
import { timeSlices } from '../../server/limits/time-slices.ts';
import type { InstancePage, InstanceQuery } from '../../server/ports/instance-query.ts';
import type { Read } from './commit/read.ts';
import type { InstanceQueries } from './queries/instances.ts';
import type { Snapshots } from './queries/snapshots.ts';
import type { ActionTable } from './tables/actions.ts';
import type { DrillTable } from './tables/drills.ts';
import type { FlavorTable } from './tables/flavors.ts';
import type { HostFacts } from './tables/host-facts.ts';
import type { InstanceTable } from './tables/instances.ts';
import type { ServiceTable } from './tables/services.ts';

export interface ComputeTables {
  readonly services: ServiceTable;
  readonly facts: HostFacts;
  readonly instances: InstanceTable;
  readonly queries: InstanceQueries;
  readonly snapshots: Snapshots;
  readonly actions: ActionTable;
  readonly flavors: FlavorTable;
  readonly drills: DrillTable;
}

export class ComputeReads {
  protected readonly tables: ComputeTables;
  readonly #read: Read;

  constructor(tables: ComputeTables, read: Read) {
    this.tables = tables;
    this.#read = read;
  }

  service(ref: ServiceRef): Promise<Service | undefined> {
    return this.#read(() => this.tables.services.byRef(ref));
  }

  services(filter?: { readonly host?: string; readonly binary?: string }): Promise<readonly Service[]> {
    const { host, binary } = filter ?? {};
    return this.#read(async () => {
      const found =
        host === undefined ? await this.tables.snapshots.services() : this.tables.services.onHost(host);
      return binary === undefined ? found : found.filter((service) => service.binary === binary);
    });
  }

  computeFacts(hosts: readonly string[]): Promise<ReadonlyMap<string, Facts>> {
    return this.#read(() => this.tables.facts.of(hosts));
  }

  instance(id: string): Promise<Instance | undefined> {
    return this.#read(() => this.tables.instances.committed(id));
  }

  instances(query: InstanceQuery): Promise<InstancePage> {
    return this.#read(() => this.tables.queries.page(query));
  }

  countOnHost(host: string): Promise<number> {
    return this.#read(() => this.tables.instances.countOn(host));
  }

  namesOnHost(host: string, limit: number) {
    return this.#read(() => this.tables.instances.namesOn(host, limit));
  }

  actions(instanceId: string): Promise<readonly InstanceAction[]> {
    return this.#read(() => this.tables.actions.of(instanceId));
  }

  flavors(projectId?: string): Promise<readonly Flavor[]> {
    return this.#read(() => this.tables.flavors.list(projectId));
  }

  usage(of: { readonly projectId: string } | { readonly host: string }): Promise<Usage> {
    return this.#read(() =>
      'host' in of
        ? this.tables.flavors.usageOn(of.host)
        : timeSlices.run(() => this.tables.flavors.usageOf(of.projectId)),
    );
  }

  drills(projectId?: string): Promise<readonly Drill[]> {
    return this.#read(() => this.tables.drills.list(projectId));
  }
}
