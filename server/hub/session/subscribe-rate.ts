import type { Clock } from '../../domain/clock.ts';
import { TokenBucket } from '../../limits/token-bucket.ts';
import type { SetTimer } from '../../timers.ts';

/** All subscriptions that a connection may have, and once more after its rights change; then four a second. */
export const SUBSCRIBE_RATE = { burst: 32, perSecond: 4 };

/** Rate-limits new subscriptions of one connection: serving one costs about 1000× the request. */
export class SubscribeRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #setTimer: SetTimer;
  readonly #bucket: TokenBucket;
  #cancel: () => void = () => undefined;

  constructor({
    clock,
    setTimer,
  }: { readonly clock: Pick<Clock, 'monotonic'>; readonly setTimer: SetTimer }) {
    this.#clock = clock;
    this.#setTimer = setTimer;
    this.#bucket = new TokenBucket(SUBSCRIBE_RATE, clock.monotonic());
  }

  /** Resolves when the next subscription may start; never after `end`. */
  async next(): Promise<void> {
    const wait = this.#bucket.borrow(this.#clock.monotonic());
    if (wait === 0) return;
    await new Promise<void>((resolve) => {
      this.#cancel = this.#setTimer(resolve, wait);
    });
  }

  end(): void {
    this.#cancel();
  }
}
