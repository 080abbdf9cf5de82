import type { Clock, Duration, Monotonic } from '../domain/clock.ts';

/** How often to test whether a descriptor is free. */
const TRY_EVERY: Duration = 250;
/** How long after the last refused connection another refusal is still likely. */
const OVER_AFTER: Duration = 2_000;

export interface IntakeOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Can one more descriptor be opened? */
  readonly canOpen: () => boolean;
  /** Called once when it begins and once when it ends. */
  readonly onChange: (trouble: string | undefined) => void;
}

/**
 * Can this process accept connections? Without a free descriptor it closes them unread, reports among them: then this
 * process cannot receive, and no silence may be concluded.
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

  /** A connection was refused because no descriptor is free. */
  readonly turnedAway = (): void => {
    this.#troubledAt = this.#options.clock.monotonic();
    this.#set(TROUBLE);
  };

  /** Why reports may be lost now, in words for an operator; undefined if none are. */
  readonly trouble = (): string | undefined => {
    const now = this.#options.clock.monotonic();
    if (now - this.#triedAt >= TRY_EVERY) {
      this.#triedAt = now;
      if (!this.#options.canOpen()) this.turnedAway();
    }
    if (this.#trouble !== undefined && now - this.#troubledAt >= OVER_AFTER) this.#set(undefined);
    return this.#trouble;
  };

  /** Connections arrive at this port from now on. */
  opened(port: { caughtUp(): Promise<void> }): void {
    this.#port = port;
  }

  /**
   * Resolves when everything that had reached this process at the time of the call has been taken from the kernel.
   * @throws if that cannot be found out
   */
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
