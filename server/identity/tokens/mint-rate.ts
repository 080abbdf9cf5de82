/** Limits how often one user gets a token, or one project a key: a burst, then a steady rate. */
import type { Clock, Duration } from '../../domain/clock.ts';
import { type BucketSize, TokenBucket } from '../../limits/token-bucket.ts';

/** Of tokens. */
const TOKENS: BucketSize = { burst: 100, perSecond: 10 };

export class MintRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #size: BucketSize;
  /** By user or project, the one longest without a new token first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Pick<Clock, 'monotonic'>, size: BucketSize = TOKENS) {
    this.#clock = clock;
    this.#size = size;
  }

  /** @returns how long the caller must wait; 0 if it may have one now */
  take(key: string): Duration {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#size, now);
    const wait = bucket.take(now);
    if (wait > 0) return wait;
    this.#buckets.delete(key);
    for (const [other, idle] of this.#buckets) {
      if (!idle.isFull(now)) break;
      this.#buckets.delete(other);
    }
    this.#buckets.set(key, bucket);
    return 0;
  }

  /** How many users or projects are tracked. */
  get remembered(): number {
    return this.#buckets.size;
  }
}
