/**
 * All services in memory by slot, as committed, with their last reports. Slots are those of the deadlines; the
 * store owns the rows, and `onCommit` keeps this copy in step.
 */
import type { Duration, Instant, Monotonic } from '../../domain/clock.ts';
import { plainName } from '../../domain/names.ts';
import type { Service, ServiceKey } from '../../domain/service.ts';
import { isFenceBroken } from '../../domain/transition.ts';
import type { Deadlines } from './deadlines.ts';
import { LastReports } from './last-reports.ts';

/** The deployment's defaults, for services without their own. */
export interface Periods {
  readonly reportInterval: Duration;
  readonly serviceDownTime: Duration;
}

/** The fractional parts of its multiples are spread evenly over 0 to 1, and follow no pattern of the slots. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** With this many slots per look, no slot is looked at twice. */
const APART = 4;

export class ServiceRegistry {
  readonly #deadlines: Deadlines;
  readonly #periods: Periods;
  /** By binary, of which there are few, then by host: looking up a report builds no combined string. */
  readonly #slots = new Map<string, Map<string, number>>();
  /** By the service's number; built at the first lookup, which a single node never makes. */
  #byId: Map<number, number> | undefined;
  #last: { readonly binary: string; readonly slots: ReadonlyMap<string, number> } | undefined;
  readonly #services: (Service | undefined)[] = [];
  /** The last reports of each slot. */
  readonly lastReports = new LastReports();
  readonly #downTimes = new Map<Duration, number>();
  /** The first host of each plain name, unless it is that name itself: nearly all hosts are. */
  readonly #alike = new Map<string, string>();
  #size = 0;
  /** Live services by zone. */
  readonly #live = new Map<string, number>();
  /** Recorded as live, and not heard since this process started. */
  #inGrace = 0;
  /** Forced down, but still reporting. */
  #brokenFences = 0;

  constructor(deadlines: Deadlines, periods: Periods) {
    this.#deadlines = deadlines;
    this.#periods = periods;
  }

  slotOf({ host, binary }: ServiceKey): number | undefined {
    if (this.#last?.binary !== binary) {
      const slots = this.#slots.get(binary);
      if (slots === undefined) return undefined;
      this.#last = { binary, slots };
    }
    return this.#last.slots.get(host);
  }

  slotOfId(id: number): number | undefined {
    if (this.#byId === undefined) {
      this.#byId = new Map();
      for (const [slot, service] of this.#services.entries())
        if (service !== undefined) this.#byId.set(service.id, slot);
    }
    return this.#byId.get(id);
  }

  /** All slots are below this. */
  get slots(): number {
    return this.#services.length;
  }

  /** Number of services on a host. */
  servicesOn(host: string): number {
    let count = 0;
    for (const slots of this.#slots.values()) if (slots.has(host)) count++;
    return count;
  }

  /**
   * Slot of the service that reported after this one last time. Reports usually repeat their order, and checking this
   * guess costs a tenth of a lookup.
   */
  expectedAfter(slot: number): number | undefined {
    return this.#services[slot] === undefined ? undefined : this.lastReports.next(slot);
  }

  /** Undefined if the slot's service was removed. */
  service(slot: number): Service | undefined {
    return this.#services[slot];
  }

  /** Has it not reported since this process started? */
  isUnheard(slot: number): boolean {
    return this.lastReports.isUnheard(slot);
  }

  /** Was it declared, and has no process on this database ever heard it? */
  isNeverHeard(slot: number): boolean {
    return this.#services[slot]?.lastSeenUp === null && this.lastReports.reports(slot) === 0;
  }

  /** An older host whose name differs only by its case or its domain part. */
  alike(host: string): string | undefined {
    const plain = plainName(host);
    const first = this.#alike.get(plain) ?? (this.servicesOn(plain) > 0 ? plain : undefined);
    return first === host ? undefined : first;
  }

  reportInterval(service: Pick<Service, 'reportIntervalMs'>): Duration {
    return service.reportIntervalMs ?? this.#periods.reportInterval;
  }

  downTime(service: Pick<Service, 'serviceDownTimeMs'>): Duration {
    return service.serviceDownTimeMs ?? this.#periods.serviceDownTime;
  }

  /** The shortest service_down_time in force: the deployment's, unless a service has a shorter one. */
  shortestDownTime(): Duration {
    let shortest = this.#periods.serviceDownTime;
    for (const downTime of this.#downTimes.keys()) shortest = Math.min(shortest, downTime);
    return shortest;
  }

  /** Number of live services in a zone. */
  liveIn(zone: string): number {
    return this.#live.get(zone) ?? 0;
  }

  /** Number of services that count as live only because this process has not waited for them long enough. */
  get inGrace(): number {
    return this.#inGrace;
  }

  /** Visits every live service: for a storm, not for a hot path. */
  eachLive(sink: (slot: number, service: Service) => void): void {
    for (let slot = 0; slot < this.#services.length; slot++) {
      const service = this.#services[slot];
      if (service?.live) sink(slot, service);
    }
  }

  /**
   * Visits `most` of the slots, or all if there are fewer. The sample is spread out: neighbouring slots often share a
   * zone, or report together.
   */
  someLive(most: number, sink: (slot: number, service: Service) => void): void {
    const slots = this.#services.length;
    if (slots <= most * APART) {
      this.eachLive(sink);
      return;
    }
    for (let n = 0; n < most; n++) {
      const slot = Math.floor(slots * ((n * GOLDEN) % 1));
      const service = this.#services[slot];
      if (service?.live) sink(slot, service);
    }
  }

  counts(): { readonly live: number; readonly silent: number; readonly brokenFences: number } {
    let live = 0;
    for (const count of this.#live.values()) live += count;
    return { live, silent: this.#size - live, brokenFences: this.#brokenFences };
  }

  /** Adds a service. The caller decides whether to watch its deadline. */
  add(service: Service, now: Monotonic, lastHeard: Instant, unheard: boolean): number {
    const slot = this.#deadlines.add(this.downTime(service), now);
    this.#services[slot] = service;
    this.#byId?.set(service.id, slot);
    this.lastReports.begin(slot, lastHeard, unheard);
    const slots = this.#slots.get(service.binary);
    if (slots === undefined) this.#slots.set(service.binary, new Map([[service.host, slot]]));
    else slots.set(service.host, slot);
    this.#addName(service.host);
    this.#size++;
    this.#countDownTime(service, 1);
    this.#countLive(service, unheard, 1);
    if (isFenceBroken(service)) this.#brokenFences++;
    return slot;
  }

  /** A new version of the row was committed. */
  replace(slot: number, service: Service): void {
    const before = this.#service(slot);
    const unheard = this.isUnheard(slot);
    this.#countDownTime(before, -1);
    this.#countDownTime(service, 1);
    this.#countLive(before, unheard, -1);
    this.#countLive(service, unheard, 1);
    this.#brokenFences += Number(isFenceBroken(service)) - Number(isFenceBroken(before));
    this.#services[slot] = service;
    this.#deadlines.retime(slot, this.downTime(service));
  }

  remove(slot: number): void {
    const service = this.#service(slot);
    const slots = this.#slots.get(service.binary);
    slots?.delete(service.host);
    if (slots?.size === 0) {
      this.#slots.delete(service.binary);
      this.#last = undefined;
    }
    if (this.servicesOn(service.host) === 0) this.#removeName(service.host);
    this.#countDownTime(service, -1);
    this.#countLive(service, this.isUnheard(slot), -1);
    if (isFenceBroken(service)) this.#brokenFences--;
    this.#size--;
    this.#services[slot] = undefined;
    this.#byId?.delete(service.id);
    this.#deadlines.remove(slot);
  }

  /** The hot path: a known service reported. */
  heard(slot: number, now: Monotonic, wall: Instant): void {
    this.#deadlines.heard(slot, now);
    if (this.lastReports.report(slot, wall) && this.#services[slot]?.live) this.#inGrace--;
  }

  /** Another node heard the service. */
  heardElsewhere(slot: number, now: Monotonic, wall: Instant): void {
    this.#deadlines.heard(slot, now);
    if (this.lastReports.elsewhere(slot, wall) && this.#services[slot]?.live) this.#inGrace--;
  }

  #addName(host: string): void {
    const plain = plainName(host);
    if (plain !== host && !this.#alike.has(plain) && this.servicesOn(plain) === 0)
      this.#alike.set(plain, host);
  }

  #removeName(host: string): void {
    const plain = plainName(host);
    if (this.#alike.get(plain) === host) this.#alike.delete(plain);
  }

  #service(slot: number): Service {
    const service = this.#services[slot];
    if (service === undefined) throw new Error(`no service in slot ${slot}`);
    return service;
  }

  #countLive({ live, zone }: Service, unheard: boolean, by: 1 | -1): void {
    if (!live) return;
    if (unheard) this.#inGrace += by;
    const count = this.liveIn(zone) + by;
    if (count === 0) this.#live.delete(zone);
    else this.#live.set(zone, count);
  }

  #countDownTime({ serviceDownTimeMs }: Service, by: 1 | -1): void {
    if (serviceDownTimeMs === null) return;
    const count = (this.#downTimes.get(serviceDownTimeMs) ?? 0) + by;
    if (count === 0) this.#downTimes.delete(serviceDownTimeMs);
    else this.#downTimes.set(serviceDownTimeMs, count);
  }
}
