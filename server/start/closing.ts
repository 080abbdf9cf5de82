import type { Logger } from '../telemetry/logger.ts';

/** What was opened, so that it can be closed in the reverse order. */
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

  /** Calls every end, newest first. One that fails is logged and does not keep the others open. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) {
      await Promise.resolve()
        .then(end)
        .catch((error: unknown) => this.#logger.error({ err: error }, 'closing failed'));
    }
  }
}
