/**
 * A token bucket: a burst at once, then a steady rate. After an hour without use it still allows only one burst. Pure:
 * the caller passes in the time.
 */
import type { Duration, Monotonic } from '../domain/clock.ts';

export interface BucketSize {
  /** Tokens in a full bucket. */
  readonly burst: number;
  /** Tokens added each second. */
  readonly perSecond: number;
}

export class TokenBucket {
  readonly #size: BucketSize;
  #left: number;
  #at: Monotonic;

  /** The bucket starts full. */
  constructor(size: BucketSize, now: Monotonic) {
    this.#size = size;
    this.#left = size.burst;
    this.#at = now;
  }

  /**
   * Takes tokens if there are enough. A request for more than the burst passes when the bucket is full, because
   * otherwise it never could. @returns 0 if the tokens were taken, else how long to wait, and nothing was taken
   */
  take(now: Monotonic, tokens = 1): Duration {
    this.#refill(now);
    const needed = Math.min(tokens, this.#size.burst);
    if (needed > this.#left) return Math.ceil(this.#timeFor(needed - this.#left));
    this.#left -= needed;
    return 0;
  }

  /**
   * Takes one token in any case, on credit if the bucket is empty. @returns how long to wait until the debt is paid; 0 for
   * none
   */
  borrow(now: Monotonic): Duration {
    this.#refill(now);
    this.#left -= 1;
    return Math.max(0, this.#timeFor(-this.#left));
  }

  /** A full bucket holds no information, so its owner may forget it. */
  isFull(now: Monotonic): boolean {
    this.#refill(now);
    return this.#left === this.#size.burst;
  }

  #refill(now: Monotonic): void {
    const { burst, perSecond } = this.#size;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * perSecond) / 1_000);
    this.#at = now;
  }

  #timeFor(tokens: number): Duration {
    return (tokens * 1_000) / this.#size.perSecond;
  }
}
