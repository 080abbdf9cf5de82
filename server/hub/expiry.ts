import type { SetTimer } from '../changes/feed.ts';
import type { Clock, Duration, Instant } from '../domain/clock.ts';

/** How long before the end a client is told to fetch a new token. */
export const WARNING: Duration = 60_000;
/** Short tokens follow each other closely, but not at once: so long one is left alone, or for half of what it has. */
const SHORTEST: Duration = 10_000;
/** Nobody is asked again so shortly before the end. */
const TOO_LATE: Duration = 1_000;
/** Longer waits are cut into pieces: a platform's timer holds 31 bits of milliseconds. */
const LONGEST: Duration = 24 * 3_600_000;

export interface ExpiryOptions {
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** Once for each instant watched, and not at all if that is past. What it brings may end soon as well, or be the same. */
  readonly onExpiring: (left: Duration) => void;
  readonly onExpired: () => void;
}

/** Watches the end of one token. By the wall clock, for that is what tokens are dated by. */
export class Expiry {
  readonly #options: ExpiryOptions;
  #end: Instant | null = null;
  #isFirst = true;
  #cancel: () => void = () => undefined;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /**
   * From now on this end counts, and none before it. Null: it never ends.
   *
   * A first one that ends soon is warned of at once. A later one may be the answer to a warning, and end as soon, or be the
   * same one again: then half of what is left passes first, or question and answer would follow each other without end.
   */
  watch(expiresAt: Instant | null): void {
    this.stop();
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (expiresAt === null) return;
    const left = expiresAt - this.#options.clock.now();
    const warning = isFirst || left > WARNING ? WARNING : left / 2;
    this.#wait(expiresAt, warning < TOO_LATE ? expiresAt : expiresAt - warning);
  }

  stop(): void {
    this.#cancel();
  }

  /** @param warnAt not before the end: without a warning */
  #wait(expiresAt: Instant, warnAt: Instant): void {
    const now = this.#options.clock.now();
    if (now >= expiresAt) {
      this.#options.onExpired();
      return;
    }
    const isDue = now >= warnAt;
    if (isDue) this.#options.onExpiring(expiresAt - now);
    const next = isDue ? expiresAt : warnAt;
    this.#cancel = this.#options.setTimer(() => this.#wait(expiresAt, next), Math.min(next - now, LONGEST));
  }
}
