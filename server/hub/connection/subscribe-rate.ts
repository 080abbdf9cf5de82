import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { SetTimer } from '../../timers.ts';

/** Burst size: all subscriptions a connection may have, and once more after its rights have changed. */
const BURST = 32;
/** After the burst, one per this interval. */
const EVERY: Duration = 250;

/** Rate-limits new subscriptions: serving one costs about 1000× the request. */
export class Pace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #setTimer: SetTimer;
  /** When all subscriptions so far would have started at one per interval. */
  #paidUpTo: Monotonic;
  #cancel: () => void = () => undefined;

  constructor({
    clock,
    setTimer,
  }: { readonly clock: Pick<Clock, 'monotonic'>; readonly setTimer: SetTimer }) {
    this.#clock = clock;
    this.#setTimer = setTimer;
    this.#paidUpTo = clock.monotonic();
  }

  /** Resolves when the next may begin; not at all after `end`. */
  async next(): Promise<void> {
    const now = this.#clock.monotonic();
    this.#paidUpTo = Math.max(now, this.#paidUpTo) + EVERY;
    const wait = this.#paidUpTo - now - BURST * EVERY;
    if (wait <= 0) return;
    await new Promise<void>((resolve) => {
      this.#cancel = this.#setTimer(resolve, wait);
    });
  }

  end(): void {
    this.#cancel();
  }
}
