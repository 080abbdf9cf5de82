/** Services whose agent went away and that are given some time to come back before they count as silent. */
import type { Duration, Monotonic } from '../domain/clock.ts';
import type { Suspicion } from './suspicion.ts';

interface Departure {
  readonly suspicions: readonly Suspicion[];
  readonly until: Monotonic;
}

export class Departures {
  /** Few: the agents lost within the last seconds. */
  #open: Departure[] = [];

  open(suspicions: readonly Suspicion[], now: Monotonic, wait: Duration): void {
    if (suspicions.length > 0) this.#open.push({ suspicions, until: now + wait });
  }

  /** Takes out those whose time is over, `heldUntil` being the end of a hold after a pause of our own. */
  over(now: Monotonic, heldUntil: Monotonic): Suspicion[] {
    if (this.#open.length === 0 || now <= heldUntil) return [];
    const over = this.#open.filter(({ until }) => now >= until);
    if (over.length === 0) return [];
    this.#open = this.#open.filter(({ until }) => now < until);
    return over.flatMap(({ suspicions }) => suspicions);
  }
}
