/**
 * The state that the decisions of one transaction see and change: rows as they were read, and over them the results of
 * earlier decisions. Nothing is written before all have run, so a decision that throws leaves nothing behind.
 */
import type { AuditEntry } from '../../../server/domain/audit.ts';
import type { Instant } from '../../../server/domain/clock.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import type {
  Flavor,
  Instance,
  InstanceAction,
  PlacedInstance,
} from '../../../server/domain/instances/instance.ts';
import { isPresent } from '../../../server/domain/instances/instance.ts';
import { COMPUTE, type Service, type ServiceRef } from '../../../server/domain/service.ts';
import type { SilenceRecord } from '../../../server/domain/silence/silence-record.ts';
import { TransactionNews } from '../../transaction-changes.ts';
import { TransactionDrills } from '../../transaction-drills.ts';
import { keyOf, type Rows, type Wanted } from './reads.ts';

/** A decision needs a row that was not read: the row is read, and all decisions run again. */
export class Missing extends Error {
  /** A host, or a project. */
  readonly of: string;
  readonly what: 'hosts' | 'placed' | 'drills';

  constructor(of: string, what: Missing['what']) {
    super(`${what} of ${of} were not read`);
    this.of = of;
    this.what = what;
  }

  into(wanted: Wanted): void {
    wanted[this.what].add(this.of);
  }
}

export class Unit {
  readonly news = new TransactionNews();
  readonly drills: TransactionDrills;
  readonly audit: AuditEntry[] = [];
  readonly silences: { readonly serviceId: number; readonly record: SilenceRecord }[] = [];
  readonly flavors = new Map<string, Flavor>();
  readonly actions: (InstanceAction & { readonly instanceId: string })[] = [];
  /** By number; undefined: removed. */
  readonly services = new Map<number, Service | undefined>();
  /** Which of them are new. */
  readonly added = new Set<number>();
  /** By id; undefined: removed. */
  readonly instances = new Map<string, Instance | undefined>();
  /** Hosts that lost their compute service, and when: their instances changed status at that time. */
  readonly withoutCompute: { readonly host: string; readonly at: Instant }[] = [];
  nextServiceId: number;
  /** A write that only probes whether writing works. */
  isProbe = false;
  readonly #rows: Rows;
  readonly #byKey = new Map<string, Service>();
  readonly #byUuid = new Map<string, Service>();

  constructor(rows: Rows, nextServiceId: number, anyDrills: boolean) {
    this.#rows = rows;
    this.drills = new TransactionDrills(anyDrills, (projectId) => {
      const found = rows.drills.get(projectId);
      if (found === undefined) throw new Missing(projectId, 'drills');
      return found;
    });
    this.nextServiceId = nextServiceId;
    for (const service of rows.services.values()) this.#found(service);
  }

  probe(): void {
    this.isProbe = true;
  }

  service(ref: ServiceRef): Service | undefined {
    if ('host' in ref) return this.#byKey.get(keyOf(ref));
    if ('uuid' in ref) return this.#byUuid.get(ref.uuid);
    return this.services.has(ref.id) ? this.services.get(ref.id) : this.#rows.services.get(ref.id);
  }

  computeOn(host: string | null): Service | undefined {
    if (host === null) return undefined;
    const found = this.#byKey.get(keyOf({ host, binary: COMPUTE }));
    if (found === undefined && !this.#rows.hosts.has(host)) throw new Missing(host, 'hosts');
    return found;
  }

  /** Present instances of a host, sorted by owner. */
  placedOn(host: string): readonly PlacedInstance[] {
    const placed = this.#rows.placed.get(host);
    if (placed === undefined) throw new Missing(host, 'placed');
    if (this.instances.size === 0) return placed;
    const here = placed.filter(({ id }) => !this.instances.has(id));
    for (const instance of this.instances.values()) {
      if (isPresent(instance) && instance.host === host) here.push(instance);
    }
    return here.sort((a, b) => order(a.projectId, b.projectId) || order(a.id, b.id));
  }

  instance(id: string): Instance | undefined {
    return this.instances.has(id) ? this.instances.get(id) : this.#rows.instances.get(id);
  }

  putInstance(instance: Instance): void {
    this.instances.set(instance.id, instance);
  }

  removeInstance(id: string): void {
    this.instances.set(id, undefined);
    for (let n = this.actions.length - 1; n >= 0; n -= 1)
      if (this.actions[n]?.instanceId === id) this.actions.splice(n, 1);
  }

  /** Adds a service, under its own number if it has one. @returns it with its number */
  addService(service: Service): Service {
    const id = service.id === 0 ? this.nextServiceId : service.id;
    if (this.#byUuid.has(service.uuid) || this.#isTaken(id)) {
      throw new DomainError('conflict', 'Something else already has this name or id');
    }
    this.nextServiceId = Math.max(this.nextServiceId, id + 1);
    const added = { ...service, id };
    this.services.set(id, added);
    this.added.add(id);
    this.#found(added);
    return added;
  }

  replaceService(current: Service, service: Service): void {
    this.#lost(current);
    this.services.set(service.id, service);
    this.#found(service);
  }

  removeService(service: Service): void {
    this.#lost(service);
    // A row that was added and removed in one transaction never existed.
    if (this.added.delete(service.id)) this.services.delete(service.id);
    else this.services.set(service.id, undefined);
  }

  loseCompute(host: string, at: Instant): void {
    this.withoutCompute.push({ host, at });
    for (const [id, instance] of new Map([...this.#rows.instances, ...this.instances])) {
      if (isPresent(instance) && instance.host === host)
        this.instances.set(id, { ...instance, statusSince: at });
    }
  }

  #isTaken(id: number): boolean {
    return this.services.has(id) ? this.services.get(id) !== undefined : this.#rows.services.has(id);
  }

  #found(service: Service): void {
    this.#byKey.set(keyOf(service), service);
    this.#byUuid.set(service.uuid, service);
  }

  #lost(service: Service): void {
    this.#byKey.delete(keyOf(service));
    this.#byUuid.delete(service.uuid);
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
