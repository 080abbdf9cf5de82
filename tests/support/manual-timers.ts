import type { SetTimer } from '../../server/timers.ts';
import type { FakeClock } from './clock.ts';

interface Timer {
  readonly due: number;
  readonly then: () => void;
}

/** Node fires a timer beyond 24.8 days at once; the fake refuses it, so that a test does not pass with it. */
export function refuseOverflow(after: number): void {
  if (!(after <= 2 ** 31 - 1)) throw new RangeError(`Node cannot wait ${after} ms: wait in steps`);
}

/** Timers on a fake clock: they fire when the test lets time pass, each at its own time. */
export class ManualTimers {
  readonly #clock: FakeClock;
  readonly #waiting = new Set<Timer>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  readonly setTimer: SetTimer = (then, after) => {
    refuseOverflow(after);
    const timer = { due: this.#clock.monotonic() + after, then };
    this.#waiting.add(timer);
    return () => this.#waiting.delete(timer);
  };

  get waiting(): number {
    return this.#waiting.size;
  }

  advance(ms: number): void {
    const end = this.#clock.monotonic() + ms;
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#waiting) {
        if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
      }
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#clock.advance(Math.max(0, next.due - this.#clock.monotonic()));
      next.then();
    }
    this.#clock.advance(end - this.#clock.monotonic());
  }
}
