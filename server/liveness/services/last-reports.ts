/** Last report of each service, by slot, and which of them are not in the database yet. */
import type { Instant } from '../../domain/clock.ts';
import { FIRST_CAPACITY, grown } from './growable-columns.ts';

/** Arrivals kept for each service, as a power of two. Each costs 4 MB for a million services. */
const KEPT_BITS = 2;
const KEPT = 1 << KEPT_BITS;

export class LastReports {
  /** Wall clock: for people and for `last_seen_up`. */
  #at = new Float64Array(FIRST_CAPACITY);
  #reports = new Uint32Array(FIRST_CAPACITY);
  /** A ring of arrivals for each slot, in milliseconds modulo 2^32, because only the differences are read. */
  #arrivals = new Uint32Array(FIRST_CAPACITY * KEPT);
  #unheard = new Uint8Array(FIRST_CAPACITY);
  /** Whether the slot is among `#unwritten`. */
  #isUnwritten = new Uint8Array(FIRST_CAPACITY);
  #next = new Int32Array(FIRST_CAPACITY);
  #unwritten: number[] = [];

  /** A service takes the slot. @param unheard it has not reported since this process started */
  begin(slot: number, at: Instant, unheard: boolean): void {
    if (slot >= this.#at.length) this.#grow();
    this.#at[slot] = at;
    this.#reports[slot] = 0;
    this.#unheard[slot] = Number(unheard);
    this.#next[slot] = slot;
  }

  /** The hot path. @returns whether it is the first report since this process started */
  report(slot: number, at: Instant): boolean {
    this.#at[slot] = at;
    const reports = this.#reports[slot]!;
    this.#reports[slot] = reports + 1;
    this.#arrivals[(slot << KEPT_BITS) | (reports & (KEPT - 1))] = at;
    if (this.#isUnwritten[slot] === 0) {
      this.#isUnwritten[slot] = 1;
      this.#unwritten.push(slot);
    }
    if (this.#unheard[slot] === 0) return false;
    this.#unheard[slot] = 0;
    return true;
  }

  /** Another node heard the service, and writes that to the database. @returns as `report` */
  elsewhere(slot: number, at: Instant): boolean {
    this.#at[slot] = at;
    this.#reports[slot]!++;
    if (this.#unheard[slot] === 0) return false;
    this.#unheard[slot] = 0;
    return true;
  }

  at(slot: number): Instant {
    return this.#at[slot]!;
  }

  /** Number of reports. Shows whether another one arrived, even when two readings of a clock are equal. */
  reports(slot: number): number {
    return this.#reports[slot]!;
  }

  /** When the last reports arrived, newest first; fewer, or none, if this process received fewer. */
  arrivals(slot: number): Instant[] {
    const reports = this.#reports[slot]!;
    const newest = this.#arrival(slot, reports - 1);
    const arrivals: Instant[] = [];
    for (let back = 0; back < Math.min(KEPT, reports); back++) {
      // Signed: a wall clock that was set back makes an older report the later one.
      arrivals.push(this.#at[slot]! - ((newest - this.#arrival(slot, reports - 1 - back)) | 0));
    }
    return arrivals;
  }

  #arrival(slot: number, report: number): number {
    return this.#arrivals[(slot << KEPT_BITS) | (report & (KEPT - 1))]!;
  }

  isUnheard(slot: number): boolean {
    return this.#unheard[slot] === 1;
  }

  /** Slot of the service that reported after this one last time. */
  next(slot: number): number {
    return this.#next[slot]!;
  }

  cameAfter(previous: number, slot: number): void {
    this.#next[previous] = slot;
  }

  /** Number of slots with a report that no `takeUnwritten` has returned. */
  get unwritten(): number {
    return this.#unwritten.length;
  }

  /** Slots with a report that is not written yet, longest waiting first, at most `limit`; some may be free by now. */
  takeUnwritten(limit: number): number[] {
    const slots = this.#unwritten.splice(0, limit);
    for (const slot of slots) this.#isUnwritten[slot] = 0;
    return slots;
  }

  /** The write failed: the next call returns these slots first. */
  giveBack(slots: readonly number[]): void {
    for (const slot of slots) {
      if (this.#isUnwritten[slot] === 1) continue;
      this.#isUnwritten[slot] = 1;
      this.#unwritten.push(slot);
    }
  }

  #grow(): void {
    const capacity = this.#at.length * 2;
    this.#at = grown(this.#at, capacity);
    this.#reports = grown(this.#reports, capacity);
    this.#arrivals = grown(this.#arrivals, capacity * KEPT);
    this.#unheard = grown(this.#unheard, capacity);
    this.#isUnwritten = grown(this.#isUnwritten, capacity);
    this.#next = grown(this.#next, capacity);
  }
}
