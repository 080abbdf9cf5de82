/**
 * Measures how late the event loop is. A pause is one long gap; lag is a loop that runs, but too slowly, because the
 * machine is busy or our own work takes too long.
 */
import type { Duration } from '../../domain/clock.ts';

/** A gap between two looks up to this is normal. */
export const ALLOWED: Duration = 100;
/** The average is taken over about this time. */
const OVER: Duration = 5_000;
const LATE_FROM = 0.5;
const IN_TIME_FROM = 0.25;

export class LoopLag {
  #share = 0;
  #isLate = false;

  /** Records one look and the gap since the one before. */
  note(gap: Duration): void {
    if (gap <= 0) return;
    const late = Math.max(0, gap - ALLOWED) / gap;
    this.#share += (1 - Math.exp(-gap / OVER)) * (late - this.#share);
    this.#isLate = this.#share > (this.#isLate ? IN_TIME_FROM : LATE_FROM);
  }

  /** Share of the last seconds lost to lateness, 0 to 1. */
  get share(): number {
    return this.#share;
  }

  get isLate(): boolean {
    return this.#isLate;
  }
}
