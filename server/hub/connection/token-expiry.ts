import type { Clock, Duration, Instant } from '../../domain/clock.ts';
import type { SetTimer } from '../../timers.ts';

/** How long before the token's end the hub asks the client for a new one. */
export const WARNING: Duration = 60_000;
/** No warning earlier than this, or half the token's lifetime if that is shorter. */
const SHORTEST: Duration = 10_000;
/** Longer waits are split: a platform's timer takes at most 31 bits of milliseconds. */
const LONGEST: Duration = 24 * 3_600_000;

export interface TokenExpiryOptions {
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /**
   * Called once for each watched deadline, and never for a past one. The new token may end soon as well, or at the same
   * time.
   */
  readonly onExpiring: (left: Duration) => void;
  readonly onExpired: () => void;
}

/** Watches the end of one token. Uses the wall clock, because tokens state their end in it. */
export class TokenExpiry {
  readonly #options: TokenExpiryOptions;
  #end: Instant | null = null;
  /** At or after the token's end, no warning is due any more. */
  #warnAt: Instant = 0;
  #cancel: () => void = () => undefined;

  constructor(options: TokenExpiryOptions) {
    this.#options = options;
  }

  /** Replaces the watched deadline. Setting the same deadline again does not warn twice. Null: the token never ends. */
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
