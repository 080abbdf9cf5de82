import type { Clock, Duration, Monotonic } from '../domain/clock.ts';

/** How often it is tried whether a descriptor can be had. */
const TRY_EVERY: Duration = 250;
/** After the last connection that was turned away: the next one is likely. */
const OVER_AFTER: Duration = 2_000;

export interface IntakeOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Can one more descriptor be opened? */
  readonly canOpen: () => boolean;
  /** Once when it begins, once when it ends. */
  readonly onChange: (trouble: string | undefined) => void;
}

/**
 * Can this process take connections? Without a free descriptor the kernel's are closed unread, reports among them:
 * then it is we who do not hear, and no silence may be concluded from it.
 */
export class Intake {
  readonly #options: IntakeOptions;
  #troubledAt: Monotonic = Number.NEGATIVE_INFINITY;
  #triedAt: Monotonic = Number.NEGATIVE_INFINITY;
  #trouble: string | undefined;
  #port: { caughtUp(): Promise<void> } | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** A connection was turned away because there is no descriptor for it. */
  readonly turnedAway = (): void => {
    this.#troubledAt = this.#options.clock.monotonic();
    this.#set(TROUBLE);
  };

  /** Why reports may be lost now, in words for an operator; undefined if they are not. */
  readonly trouble = (): string | undefined => {
    const now = this.#options.clock.monotonic();
    if (now - this.#triedAt >= TRY_EVERY) {
      this.#triedAt = now;
      if (!this.#options.canOpen()) this.turnedAway();
    }
    if (this.#trouble !== undefined && now - this.#troubledAt >= OVER_AFTER) this.#set(undefined);
    return this.#trouble;
  };

  /** From now on connections come in by this port. */
  opened(port: { caughtUp(): Promise<void> }): void {
    this.#port = port;
  }

  /** Resolves when all that had reached us when it was asked has been taken from the kernel. @throws if nobody can say */
  readonly caughtUp = async (): Promise<void> => {
    try {
      await this.#port?.caughtUp();
    } catch (error) {
      this.turnedAway();
      throw error;
    }
  };

  #set(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.onChange(trouble);
  }
}

const TROUBLE =
  'connections cannot be accepted: no file descriptor is free; raise the limit of open files (ulimit -n)';
