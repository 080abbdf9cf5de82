/** Flap history per service, and which recoveries are being held back. */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import { edgesWithin, holdOf, isFlapping } from '../../domain/silence/flapping.ts';

/** A recovery that is not committed yet. */
export interface HeldReturn {
  /** The earliest commit of the recovery, if the service reports without a break until then. */
  readonly until: Monotonic;
  /** How often the service came and went within the window. */
  readonly edges: number;
}

interface History {
  edges: Monotonic[];
  held: HeldReturn | undefined;
}

/** More edges than these change nothing: the hold already has its longest duration. */
const KEPT = 16;
const TIDY_EVERY: Duration = 60_000;

export class Damping {
  readonly #isOn: boolean;
  /**
   * By slot: services that came or went within the last ten minutes. Usually few; after a mass silence, all of its
   * services.
   */
  readonly #histories = new Map<number, History>();
  readonly #held = new Set<number>();
  #tidiedAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** How many recoveries are held back. */
  get holding(): number {
    return this.#held.size;
  }

  held(slot: number): HeldReturn | undefined {
    return this.#histories.get(slot)?.held;
  }

  /** A silent service reports. @returns whether its recovery must wait */
  returns(slot: number, now: Monotonic): boolean {
    if (!this.#isOn) return false;
    const history = this.#histories.get(slot);
    if (history === undefined) return false;
    if (history.held !== undefined) return true;
    const edges = edgesWithin(history.edges, now).length + 1;
    const hold = holdOf(edges);
    if (hold === 0) return false;
    this.#note(history, now);
    history.held = { until: now + hold, edges };
    this.#held.add(slot);
    return true;
  }

  /** A held service fell silent again: nothing was committed, but it still counts as an edge. */
  relapsed(slot: number, now: Monotonic): void {
    const history = this.#histories.get(slot);
    if (history?.held === undefined) return;
    this.#release(slot, history);
    this.#note(history, now);
  }

  /** An edge was committed. The edge that ends a hold was already counted when the hold began. */
  edge(slot: number, live: boolean, now: Monotonic): void {
    if (!this.#isOn) return;
    const history = this.#histories.get(slot) ?? { edges: [], held: undefined };
    this.#histories.set(slot, history);
    if (history.held !== undefined) {
      this.#release(slot, history);
      if (live) return;
    }
    this.#note(history, now);
  }

  /** Edges from before this process started, oldest first. */
  recall(slot: number, edges: readonly Monotonic[]): void {
    if (this.#isOn) this.#histories.set(slot, { edges: edges.slice(-KEPT), held: undefined });
  }

  /** Would an edge now belong to a flapping service? */
  isFlapping(slot: number, now: Monotonic): boolean {
    const history = this.#histories.get(slot);
    if (history === undefined) return false;
    const edges = edgesWithin(history.edges, now).length;
    return isFlapping(history.held === undefined ? edges + 1 : Math.max(edges, history.held.edges));
  }

  /** Slots whose recovery is held back. */
  slots(): number[] {
    return [...this.#held];
  }

  /** The slot's service was removed; another service will use the slot. */
  forget(slot: number): void {
    this.#histories.delete(slot);
    this.#held.delete(slot);
  }

  /** Forgets services without an edge in the window. */
  tidy(now: Monotonic): void {
    if (now - this.#tidiedAt < TIDY_EVERY) return;
    this.#tidiedAt = now;
    for (const [slot, history] of this.#histories) {
      history.edges = edgesWithin(history.edges, now);
      if (history.edges.length === 0 && history.held === undefined) this.#histories.delete(slot);
    }
  }

  #note(history: History, now: Monotonic): void {
    history.edges = edgesWithin(history.edges, now).slice(-(KEPT - 1));
    history.edges.push(now);
  }

  #release(slot: number, history: History): void {
    history.held = undefined;
    this.#held.delete(slot);
  }
}
