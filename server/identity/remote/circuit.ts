/**
 * A circuit breaker: keeps callers from waiting for a service that does not answer. After some failures in a row it
 * sends nothing for a while and fails every call at once; then one request probes whether the service is back.
 */
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** The other side did not do its job. The message is for the log, never for an answer. */
export class Failed extends Error {
  override readonly name = 'Failed';
  /** An early retry would not help, and may harm: a refused login. */
  readonly lasting: boolean;

  constructor(message: string, options?: ErrorOptions & { readonly lasting?: boolean }) {
    super(message, options);
    this.lasting = options?.lasting ?? false;
  }
}

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE: Duration = 1_000;
const LONGEST_PAUSE: Duration = 15_000;

export interface CircuitOptions {
  /** Name of the service, for the log and for answers: `Keystone`. */
  readonly name: string;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}

export class Circuit {
  readonly #options: CircuitOptions;
  #failures = 0;
  /** How many lasting failures came in a row. */
  #pauses = 0;
  #openUntil: Monotonic | undefined;
  #probing = false;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  /** @throws DomainError `unavailable` for `Failed`, or while open; every other error of `ask` as it is */
  async run<T>(ask: () => Promise<T>): Promise<T> {
    const probe = this.#openUntil !== undefined;
    if (probe && (this.#probing || this.#options.clock.monotonic() < (this.#openUntil ?? 0)))
      throw this.#unavailable();
    this.#probing = probe;
    try {
      const answer = await ask();
      if (probe || this.#openUntil === undefined) this.#succeeded();
      return answer;
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      // An answer to a request from before it opened says nothing new.
      if (probe || this.#openUntil === undefined) this.#failed(error, probe);
      throw this.#unavailable(error);
    } finally {
      if (probe) this.#probing = false;
    }
  }

  /** The reason of the failure may be gone: the next call is sent at once. */
  tryNow(): void {
    if (this.#openUntil !== undefined) this.#openUntil = this.#options.clock.monotonic();
    this.#pauses = 0;
  }

  #succeeded(): void {
    if (this.#openUntil !== undefined) this.#options.logger.info(`${this.#options.name} answers again`);
    this.#failures = 0;
    this.#pauses = 0;
    this.#openUntil = undefined;
  }

  #failed(error: Failed, probe: boolean): void {
    this.#failures++;
    if (!probe && !error.lasting && this.#failures < FAILURES_TO_OPEN) {
      this.#options.logger.warn({ err: error }, `${this.#options.name} failed: ${error.message}`);
      return;
    }
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#pauses++);
    this.#openUntil = this.#options.clock.monotonic() + pause;
    this.#options.logger.warn(
      { err: error, pauseMs: pause },
      `${this.#options.name} gets no requests for a while: ${error.message}`,
    );
  }

  #unavailable(cause?: Error): DomainError {
    const message = `${this.#options.name} is unavailable now`;
    return new DomainError('unavailable', message, cause === undefined ? {} : { cause });
  }
}
