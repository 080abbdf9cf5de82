import type { Logger } from '../telemetry/logger.ts';

/** Remembers what was opened and closes it in the reverse order. */
export class Closing {
  readonly #logger: Pick<Logger, 'error'>;
  readonly #ends: (() => Promise<void> | void)[] = [];

  constructor(logger: Pick<Logger, 'error'>) {
    this.#logger = logger;
  }

  /** Has `end` called when the server closes, before everything that was added earlier. */
  add(end: () => Promise<void> | void): void {
    this.#ends.push(end);
  }

  /** Calls every end, newest first. An end that fails is logged and does not stop the others. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) {
      await Promise.resolve()
        .then(end)
        .catch((error: unknown) => this.#logger.error({ err: error }, 'closing failed'));
    }
  }
}
