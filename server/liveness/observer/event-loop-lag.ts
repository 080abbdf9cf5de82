/**
 * How late the event loop is. A pause is one long gap; this is the loop that turns, but too slowly to keep its word:
 * a busy machine, or work of our own that is too long.
 */
import type { Duration } from '../../domain/clock.ts';

/** A gap between two looks up to this long is as it should be. */
export const ALLOWED: Duration = 100;
/** Over about so long the average is taken. */
const OVER: Duration = 5_000;
const LATE_FROM = 0.5;
const IN_TIME_FROM = 0.25;

export class LoopLag {
  #share = 0;
  #isLate = false;

  /** One look, so long after the one before. */
  note(gap: Duration): void {
    if (gap <= 0) return;
    const late = Math.max(0, gap - ALLOWED) / gap;
    this.#share += (1 - Math.exp(-gap / OVER)) * (late - this.#share);
    this.#isLate = this.#share > (this.#isLate ? IN_TIME_FROM : LATE_FROM);
  }

  /** Which part of the last seconds was lost to lateness, 0 to 1. */
  get share(): number {
    return this.#share;
  }

  get isLate(): boolean {
    return this.#isLate;
  }
}
