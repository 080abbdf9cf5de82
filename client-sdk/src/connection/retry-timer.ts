import type { SetTimer } from '../support/timeout.ts';
import { FIRST_RETRY_MS, ReconnectPolicy } from './reconnect-policy.ts';

export interface RetryTimerOptions {
  readonly random: () => number;
  /** Monotonic ms. */
  readonly now: () => number;
  readonly setTimer: SetTimer;
}

/** The wait before the next attempt. */
export class RetryTimer {
  readonly #options: RetryTimerOptions;
  readonly #onDue: () => void;
  readonly #policy: ReconnectPolicy;
  #due = 0;
  #cancel: (() => void) | undefined;

  constructor(options: RetryTimerOptions, onDue: () => void) {
    this.#options = options;
    this.#onDue = onDue;
    this.#policy = new ReconnectPolicy(options.random);
  }

  /** The server said when to come back. */
  hint(window: readonly [number, number]): void {
    this.#policy.hint(window, this.#options.now());
  }

  /** The stream was in step: the next loss counts as the first again. */
  onSynced(): void {
    this.#policy.onSynced();
  }

  /** Draws the wait after a lost attempt. `refresh`: only the token had expired. */
  onLost(refresh: boolean): void {
    const now = this.#options.now();
    this.#due = now + this.#policy.nextWait(now, refresh);
  }

  start(): void {
    this.cancel();
    const { now, setTimer } = this.#options;
    this.#cancel = setTimer(this.#onDue, Math.max(0, this.#due - now()));
  }

  /**
   * The cause of the loss may be gone: waits no longer than for a first retry, with the same jitter, since the event that brought one
   * client's network back may have brought back every client's.
   */
  hasten(): void {
    const { now, random } = this.#options;
    const sooner = now() + random() * FIRST_RETRY_MS;
    if (this.#cancel === undefined || sooner >= this.#due) return;
    this.#due = sooner;
    this.start();
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
