import type { Clock, Duration, Instant } from '../../domain/clock.ts';
import type { SetTimer } from '../../timers.ts';

/** How long before the end a client is asked for a new token. */
export const WARNING: Duration = 60_000;
/** No warning earlier than this, or half the token's lifetime if that is shorter. */
const SHORTEST: Duration = 10_000;
/** Longer waits are cut into pieces: a platform's timer holds 31 bits of milliseconds. */
const LONGEST: Duration = 24 * 3_600_000;

export interface TokenExpiryOptions {
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /**
   * Called once for each deadline watched, and not for a past one. The new token may end soon as well, or at the
   * same time.
   */
  readonly onExpiring: (left: Duration) => void;
  readonly onExpired: () => void;
}

/** Watches the end of one token. By the wall clock, for that is what tokens are dated by. */
export class TokenExpiry {
  readonly #options: TokenExpiryOptions;
  #end: Instant | null = null;
  /** Not before the end: no warning is due any more. */
  #warnAt: Instant = 0;
  #cancel: () => void = () => undefined;

  constructor(options: TokenExpiryOptions) {
    this.#options = options;
  }

  /** Replaces the deadline being watched. Setting the same deadline does not warn twice. Null: it never ends. */
  watch(expiresAt: Instant | null): void {
    this.stop();
    const isSame = expiresAt === this.#end;
    this.#end = expiresAt;
    if (expiresAt === null) return;
    const now = this.#options.clock.now();
    if (!isSame) {
      this.#warnAt = Math.max(expiresAt - WARNING, now + Math.min(SHORTEST, (expiresAt - now) / 2));
    }
    this.#wait(expiresAt);
  }

  stop(): void {
    this.#cancel();
  }

  #wait(expiresAt: Instant): void {
    const { clock, setTimer, onExpiring, onExpired } = this.#options;
    const now = clock.now();
    if (now >= expiresAt) {
      onExpired();
      return;
    }
    if (now >= this.#warnAt) {
      this.#warnAt = expiresAt;
      onExpiring(expiresAt - now);
    }
    this.#cancel = setTimer(() => this.#wait(expiresAt), Math.min(this.#warnAt - now, LONGEST));
  }
}
