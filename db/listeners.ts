/** Functions that are called with each event. If one throws, the others are still called. */
import type { Logger } from '../server/telemetry/logger.ts';

export class Listeners<T> {
  readonly #listeners = new Set<(event: T) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @returns a function that ends it */
  add(listener: (event: T) => void): () => void {
    const own = (event: T) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  call(event: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // The event is committed: the other listeners and the callers must hear of it in any case.
        this.#logger.error({ err: error }, 'a listener to commits threw');
      }
    }
  }
}
