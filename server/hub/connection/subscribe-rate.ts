import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { SetTimer } from '../../timers.ts';

/** So many at once: all that a connection may hold, and once more after its rights have changed. */
const BURST = 32;
/** After that one in so long. */
const EVERY: Duration = 250;

/** Holds back whoever asks for the same again and again: an answer costs us a thousand times what the question costs him. */
export class Pace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #setTimer: SetTimer;
  /** When all that was begun would have been begun one in so long. */
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
