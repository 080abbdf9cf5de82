/** Services whose agent went away and that are given some time to come back before they count as silent. */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import type { Suspicion } from './suspect.ts';

interface Departure {
  readonly suspicions: readonly Suspicion[];
  readonly until: Monotonic;
}

export class Departures {
  /** Few: the agents lost within the last seconds. */
  #open: Departure[] = [];
  /** By slot, those that said they would be back. */
  readonly #expected = new Map<number, Suspicion>();
  readonly #opened: (until: Monotonic) => void;

  /** @param opened told until when somebody is waited for from now on */
  constructor(opened: (until: Monotonic) => void) {
    this.#opened = opened;
  }

  open(suspicions: readonly Suspicion[], now: Monotonic, wait: Duration): void {
    if (suspicions.length === 0) return;
    this.#open.push({ suspicions, until: now + wait });
    for (const suspicion of suspicions) {
      if (suspicion.cause === 'goodbye') this.#expected.set(suspicion.slot, suspicion);
    }
    this.#opened(now + wait);
  }

  /** Did this service say that it would be back, and was it not heard since? Then no timeout is to be told. */
  isExpected({ slot, service, reports }: Suspicion): boolean {
    const expected = this.#expected.get(slot);
    return expected?.service === service && expected.reports === reports;
  }

  /** The slots of those who are waited for. */
  slots(): number[] {
    return this.#open.flatMap(({ suspicions }) => suspicions.map(({ slot }) => slot));
  }

  /** When the first of them is over. */
  next(): Monotonic {
    return this.#open.reduce((first, { until }) => Math.min(first, until), Number.POSITIVE_INFINITY);
  }

  /** Takes out those whose time is over. */
  over(now: Monotonic): Suspicion[] {
    if (!this.#open.some(({ until }) => now >= until)) return [];
    const over = this.#open.filter(({ until }) => now >= until).flatMap(({ suspicions }) => suspicions);
    this.#open = this.#open.filter(({ until }) => now < until);
    for (const suspicion of over) {
      if (this.#expected.get(suspicion.slot) === suspicion) this.#expected.delete(suspicion.slot);
    }
    return over;
  }
}
