/**
 * What other nodes have heard, by slot, and which reports to this node they know of. Kept off the hot path: a digest
 * finds the new reports of this node by their count.
 */
import type { Instant, Monotonic } from '../../domain/clock.ts';
import { FIRST_CAPACITY, grown } from '../services/growable-columns.ts';
import type { ServiceRegistry } from '../services/registry.ts';

/** Stands for this node. */
const HERE = 0;
/** No node has heard it since this node started: any of them may have heard it last. */
const ANY = -1;

export class ReportsElsewhere {
  readonly #registry: ServiceRegistry;
  /** Id of the service that the other columns describe, because slots are reused. */
  #service = new Float64Array(FIRST_CAPACITY);
  /** Reports that the other nodes know of: those they sent, and those this node sent to them. */
  #known = new Uint32Array(FIRST_CAPACITY);
  #node = new Int32Array(FIRST_CAPACITY);
  #elsewhereAt = new Float64Array(FIRST_CAPACITY);
  /** Slots whose report could not be sent. Another node may have sent a newer one meanwhile. */
  readonly #unsent = new Set<number>();

  constructor(registry: ServiceRegistry) {
    this.#registry = registry;
  }

  /** Slots that reported here since the last call. */
  take(): number[] {
    const { lastReports, slots } = this.#registry;
    const taken: number[] = [];
    this.#fit(slots);
    for (let slot = 0; slot < slots; slot++) {
      const reports = lastReports.reports(slot);
      if (reports === this.#known[slot]) continue;
      if (!this.#isOf(slot) || reports === this.#known[slot]) continue;
      const isOnlyUnsent = this.#unsent.delete(slot) && reports === (this.#known[slot]! + 1) >>> 0;
      if (!isOnlyUnsent) this.#node[slot] = HERE;
      this.#known[slot] = reports;
      taken.push(slot);
    }
    return taken;
  }

  /** The slot's report could not be sent: the next `take` returns it again. */
  giveBack(slot: number): void {
    if (!this.#isOf(slot)) return;
    this.#known[slot] = (this.#known[slot]! - 1) >>> 0;
    this.#unsent.add(slot);
  }

  /** Has it reported here since the last digest? */
  isFresh(slot: number): boolean {
    return this.#isOf(slot) && this.#registry.lastReports.reports(slot) !== this.#known[slot];
  }

  heard(slot: number, node: number, now: Monotonic, wall: Instant): void {
    if (!this.#isOf(slot)) return;
    this.#registry.heardElsewhere(slot, now, wall);
    this.#known[slot] = (this.#known[slot]! + 1) >>> 0;
    this.#node[slot] = node;
    this.#elsewhereAt[slot] = now;
  }

  /** When another node last heard it. */
  elsewhereAt(slot: number): Monotonic {
    return this.#isOf(slot) ? this.#elsewhereAt[slot]! : Number.NEGATIVE_INFINITY;
  }

  /** Messages of other nodes were lost: any node may have heard any service last. */
  missed(): void {
    this.#node.fill(ANY);
  }

  /** Slots that this node heard last, or may have heard last. */
  lastHeardBy(node: number): number[] {
    const found: number[] = [];
    const { slots } = this.#registry;
    for (let slot = 0; slot < slots; slot++) {
      if (!this.#isOf(slot)) continue;
      if (this.#node[slot] === node || this.#node[slot] === ANY) found.push(slot);
    }
    return found;
  }

  /** Starts again for a slot that now belongs to another service. @returns whether the slot has a service */
  #isOf(slot: number): boolean {
    this.#fit(slot + 1);
    const id = this.#registry.service(slot)?.id;
    if (id === undefined) return false;
    if (this.#service[slot] === id) return true;
    this.#service[slot] = id;
    this.#known[slot] = 0;
    this.#node[slot] = ANY;
    this.#elsewhereAt[slot] = Number.NEGATIVE_INFINITY;
    return true;
  }

  #fit(slots: number): void {
    if (slots <= this.#known.length) return;
    const capacity = 2 ** Math.ceil(Math.log2(slots));
    this.#service = grown(this.#service, capacity);
    this.#known = grown(this.#known, capacity);
    this.#node = grown(this.#node, capacity);
    this.#elsewhereAt = grown(this.#elsewhereAt, capacity);
  }
}
