/** Shares reports between nodes: a report to one node counts on all of them. */
import type { Clock, Duration } from '../../domain/clock.ts';
import type { Service } from '../../domain/service.ts';
import type { Departed, SharedHearing } from '../../ports/nodes.ts';
import type { ObserverClock } from '../observer/observer-clock.ts';
import type { Deadlines } from '../services/deadlines.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import type { Departures } from '../sweep/departures.ts';
import { type Suspicion, suspicionOf } from '../sweep/suspect.ts';
import type { ReportsElsewhere } from './reports-elsewhere.ts';

/** Shortest time that agents have to report to another node after they lose theirs. */
const SHORTEST_HOLD: Duration = 5_000;
const HOLD_INTERVALS = 1.5;
/** A lost node may not have passed on the reports of this long after its last message: two digests. */
const UNSENT: Duration = 400;

export interface NodesHearingContext {
  readonly registry: ServiceRegistry;
  readonly deadlines: Deadlines;
  readonly departures: Departures;
  readonly observer: ObserverClock;
  readonly clock: Pick<Clock, 'now'>;
  readonly elsewhere: ReportsElsewhere;
  readonly readAll: () => Promise<boolean>;
  /** Does an agent report for this slot to this node? */
  readonly isReportedHere: (slot: number) => boolean;
  readonly leads: () => boolean;
  /** Another node heard a service that counts as silent here. */
  readonly heardAgain: (service: Service) => void;
}

export class NodesHearing implements SharedHearing {
  readonly #context: NodesHearingContext;
  #departed: Departed[] = [];
  #onDeparted: () => void = () => undefined;
  #isLeaving = false;
  /** By node, the observer's time of its last message. */
  readonly #signs = new Map<number, number>();

  constructor(context: NodesHearingContext) {
    this.#context = context;
  }

  /** This node is sending its agents away: their departure says nothing about their hosts. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  takeHeard(): number[] {
    const { elsewhere, registry } = this.#context;
    return elsewhere.take().flatMap((slot) => registry.service(slot)?.id ?? []);
  }

  takeDeparted(): Departed[] {
    return this.#departed.splice(0);
  }

  giveBack(heard: readonly number[], departed: readonly Departed[]): void {
    const { elsewhere, registry } = this.#context;
    for (const id of heard) {
      const slot = registry.slotOfId(id);
      if (slot !== undefined) elsewhere.giveBack(slot);
    }
    this.#departed.unshift(...departed);
  }

  onDeparted(listener: () => void): void {
    this.#onDeparted = listener;
  }

  /** Agents of this node disconnected from it. */
  departed(suspicions: readonly Suspicion[], wait: Duration): void {
    for (const { service, cause, evidence } of suspicions) {
      if (cause === 'connection_lost' || cause === 'goodbye')
        this.#departed.push({ service, cause, evidence, wait });
    }
    if (suspicions.length > 0) this.#onDeparted();
  }

  heardBy(node: number, heard: readonly number[], departed: readonly Departed[]): void {
    const { registry, observer, clock, elsewhere, departures, isReportedHere, leads, heardAgain } =
      this.#context;
    const now = observer.now();
    const wall = clock.now();
    this.#signs.set(node, now);
    for (const id of heard) {
      const slot = registry.slotOfId(id);
      if (slot === undefined) continue;
      elsewhere.heard(slot, node, now, wall);
      const service = registry.service(slot);
      if (service !== undefined && !service.live && leads()) heardAgain(service);
    }
    for (const { service: id, cause, evidence, wait } of departed) {
      const slot = registry.slotOfId(id);
      const service = slot === undefined ? undefined : registry.service(slot);
      if (slot === undefined || !service?.live || isReportedHere(slot)) continue;
      departures.open([suspicionOf(slot, service, registry, cause, evidence)], now, wait);
    }
  }

  lost(node: number): number {
    const { elsewhere, observer } = this.#context;
    const now = observer.now();
    const at = Math.min(now, (this.#signs.get(node) ?? now) + UNSENT);
    this.#signs.delete(node);
    const slots = elsewhere.lastHeardBy(node);
    for (const slot of slots) this.#grant(slot, at);
    return slots.length;
  }

  missed(): void {
    const { registry, observer, elsewhere } = this.#context;
    const now = observer.now();
    elsewhere.missed();
    registry.eachLive((slot) => this.#grant(slot, now));
  }

  readAll(): Promise<boolean> {
    return this.#context.readAll();
  }

  leaving(): void {
    this.#isLeaving = true;
  }

  #grant(slot: number, from: number): void {
    const { registry, deadlines } = this.#context;
    const service = registry.service(slot);
    if (service === undefined) return;
    const hold = Math.max(HOLD_INTERVALS * registry.reportInterval(service), SHORTEST_HOLD);
    deadlines.grant(slot, from + Math.min(registry.downTime(service), hold));
  }
}
