/**
 * After the event loop was late, what arrived meanwhile is still to be read: connections are accepted one a turn, and a
 * report that came in time may be on the last of them. Until it had as long to be read as it had to come, nobody is
 * called silent who fell due meanwhile.
 */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import { ALLOWED } from '../observer/event-loop-lag.ts';

/**
 * Where the loop is always late there would be no end: so often at least suspects are looked at. Long enough for some
 * stalls in a row, each of which keeps something from being read.
 */
const LONGEST: Duration = 3_000;

export class Arrears {
  #until: Monotonic = Number.NEGATIVE_INFINITY;
  #since: Monotonic | undefined;

  /** One look, so long after the one before. */
  note(gap: Duration, now: Monotonic): void {
    if (gap > ALLOWED) this.#until = Math.max(this.#until, now + gap);
  }

  /** To be asked once a look. */
  last(now: Monotonic): boolean {
    if (now >= this.#until) {
      this.#since = undefined;
      return false;
    }
    this.#since ??= now;
    if (now - this.#since < LONGEST) return true;
    this.#since = now;
    return false;
  }
}
