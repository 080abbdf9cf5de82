/** Services whose agent disconnected, with the time they have to come back before they count as silent. */
import type { Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Duration, Monotonic } from '../../domain/clock.ts';
import type { Suspicion } from './suspect.ts';

interface Departure {
  readonly suspicions: readonly Suspicion[];
  readonly until: Monotonic;
}

export class Departures {
  /** Few: only the agents lost in the last seconds. */
  #open: Departure[] = [];
  /** By slot: services whose agent announced that it would return. */
  readonly #expected = new Map<number, Suspicion>();
  /** By slot: services whose connection ended, and which still have time to come back. */
  readonly #lost = new Map<number, Suspicion>();
  readonly #opened: (until: Monotonic) => void;

  /** @param opened called with the end of each new waiting period */
  constructor(opened: (until: Monotonic) => void) {
    this.#opened = opened;
  }

  open(suspicions: readonly Suspicion[], now: Monotonic, wait: Duration): void {
    if (suspicions.length === 0) return;
    this.#open.push({ suspicions, until: now + wait });
    for (const suspicion of suspicions) {
      const ofCause = suspicion.cause === 'goodbye' ? this.#expected : this.#lost;
      ofCause.set(suspicion.slot, suspicion);
    }
    this.#opened(now + wait);
  }

  /** Did this service announce a restart, and has it not reported since? Then its timeout must not be committed. */
  isExpected({ slot, service, reports }: Suspicion): boolean {
    const expected = this.#expected.get(slot);
    return expected?.service === service && expected.reports === reports;
  }

  /**
   * How the connection of this service ended, if it has not reported since: its deadline may pass before its time to
   * come back is over.
   */
  evidenceOf({ slot, service, reports }: Suspicion): Evidence | undefined {
    const lost = this.#lost.get(slot);
    return lost?.service === service && lost.reports === reports ? lost.evidence : undefined;
  }

  /** Slots of the services that still have time to come back. */
  slots(): number[] {
    return this.#open.flatMap(({ suspicions }) => suspicions.map(({ slot }) => slot));
  }

  /** Another node decides on them: forgets the services whose waiting period ended long ago. */
  forget(endedBefore: Monotonic): void {
    if (!this.#open.some(({ until }) => until < endedBefore)) return;
    this.over(endedBefore);
  }

  /** When the first waiting period ends. */
  next(): Monotonic {
    return this.#open.reduce((first, { until }) => Math.min(first, until), Number.POSITIVE_INFINITY);
  }

  /** Removes and returns the services whose waiting period has ended. */
  over(now: Monotonic): Suspicion[] {
    if (!this.#open.some(({ until }) => now >= until)) return [];
    const over = this.#open.filter(({ until }) => now >= until).flatMap(({ suspicions }) => suspicions);
    this.#open = this.#open.filter(({ until }) => now < until);
    for (const suspicion of over) {
      for (const ofCause of [this.#expected, this.#lost]) {
        if (ofCause.get(suspicion.slot) === suspicion) ofCause.delete(suspicion.slot);
      }
    }
    return over;
  }
}
