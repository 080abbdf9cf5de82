import type { SetTimer } from '../changes/feed.ts';
import type { Clock, Duration, Instant } from '../domain/clock.ts';

/** How long before the end a client is told to fetch a new token. */
export const WARNING: Duration = 60_000;
/** Longer waits are cut into pieces: a platform's timer holds 31 bits of milliseconds. */
const LONGEST: Duration = 24 * 3_600_000;

export interface ExpiryOptions {
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** Once for each instant watched, and not at all if that is past. */
  readonly onExpiring: (left: Duration) => void;
  readonly onExpired: () => void;
}

/** Watches the end of one token. By the wall clock, for that is what tokens are dated by. */
export class Expiry {
  readonly #options: ExpiryOptions;
  #cancel: () => void = () => undefined;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** From now on this end counts, and none before it. Null: it never ends. */
  watch(expiresAt: Instant | null): void {
    this.stop();
    if (expiresAt !== null) this.#wait(expiresAt, false);
  }

  stop(): void {
    this.#cancel();
  }

  #wait(expiresAt: Instant, warned: boolean): void {
    const left = expiresAt - this.#options.clock.now();
    if (left <= 0) {
      this.#options.onExpired();
      return;
    }
    const warnNow = !warned && left <= WARNING;
    if (warnNow) this.#options.onExpiring(left);
    const isWarned = warned || warnNow;
    const wait = Math.min(isWarned ? left : left - WARNING, LONGEST);
    this.#cancel = this.#options.setTimer(() => this.#wait(expiresAt, isWarned), wait);
  }
}
