import type { SetTimer } from '../support/timeout.ts';
import type { Endpoints } from './endpoints.ts';
import { FIRST_RETRY_MS } from './reconnect-policy.ts';

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
  readonly #endpoints: Endpoints;
  #due = 0;
  #cancel: (() => void) | undefined;

  constructor(options: RetryTimerOptions, endpoints: Endpoints, onDue: () => void) {
    this.#options = options;
    this.#endpoints = endpoints;
    this.#onDue = onDue;
  }

  /** The server said when to come back. */
  hint(window: readonly [number, number]): void {
    this.#endpoints.hint(window, this.#options.now());
  }

  /** The stream was in step: the next loss counts as the first again. */
  onSynced(): void {
    this.#endpoints.onSynced();
  }

  /** Draws the wait after a lost attempt. `refresh`: only the token had expired. `stays`: another token is tried at the same node. */
  onLost(refresh: boolean, stays: boolean): void {
    const now = this.#options.now();
    this.#due = now + this.#endpoints.onLost(now, refresh, stays);
  }

  /** The next attempt need not wait: it goes to another node. */
  onMove(): void {
    this.#due = this.#options.now();
  }

  start(): void {
    this.cancel();
    const { now, setTimer } = this.#options;
    this.#cancel = setTimer(this.#onDue, Math.max(0, this.#due - now()));
  }

  /**
   * The cause of the loss may be gone: waits no longer than for a first retry, with the same jitter, because one event
   * may have brought back the network of every client.
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
