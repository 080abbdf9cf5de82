/** Limits how often one user gets a token: a burst, then ten a second. */
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';

const PER_SECOND = 10;
const BURST = 100;
const FULL_AGAIN: Duration = (BURST / PER_SECOND) * 1_000;

interface MintBucket {
  readonly left: number;
  readonly at: Monotonic;
}

export class MintRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By user, the one longest without a token first. One that is full again is as good as none. */
  readonly #buckets = new Map<string, MintBucket>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** @returns how long the user must wait; 0 if it may be given one now */
  take(userId: string): Duration {
    const now = this.#clock.monotonic();
    const { left, at } = this.#buckets.get(userId) ?? { left: BURST, at: now };
    const filled = Math.min(BURST, left + ((now - at) * PER_SECOND) / 1_000);
    if (filled < 1) return Math.ceil(((1 - filled) * 1_000) / PER_SECOND);
    this.#buckets.delete(userId);
    this.#buckets.set(userId, { left: filled - 1, at: now });
    for (const [other, bucket] of this.#buckets) {
      if (now - bucket.at < FULL_AGAIN) break;
      this.#buckets.delete(other);
    }
    return 0;
  }
}
