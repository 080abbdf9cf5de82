/** Limits how often one user gets a token: a burst, then ten a second. */
import type { Clock, Duration } from '../../domain/clock.ts';
import { TokenBucket } from '../../domain/token-bucket.ts';

const SIZE = { burst: 100, perSecond: 10 };

export class MintRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By user, the one longest without a token first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** @returns how long the user must wait; 0 if it may be given one now */
  take(userId: string): Duration {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(userId) ?? new TokenBucket(SIZE, now);
    const wait = bucket.take(now);
    if (wait > 0) return wait;
    this.#buckets.delete(userId);
    for (const [other, idle] of this.#buckets) {
      if (!idle.isFull(now)) break;
      this.#buckets.delete(other);
    }
    this.#buckets.set(userId, bucket);
    return 0;
  }
}
