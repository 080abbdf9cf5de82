/** Why writes to PostgreSQL fail, in operator-facing words, and when they work again. */
import type { Logger } from '../../../server/telemetry/logger.ts';
import { wordsFor } from '../connection/errors.ts';

export class WriteHealth {
  readonly #logger: Logger;
  #words: string | undefined;
  #final = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Undefined while all is well. */
  get words(): string | undefined {
    return this.#words;
  }

  /** It does not pass by itself: nothing is written any more. */
  get isFinal(): boolean {
    return this.#final;
  }

  failed(error: unknown): void {
    if (!this.#final) this.#say(wordsFor(error), error);
  }

  /** Logs each problem once: every attempted write meets it again. */
  say(words: string): void {
    if (!this.#final) this.#say(words);
  }

  ended(words: string): void {
    if (this.#final) return;
    this.#say(words);
    this.#final = true;
  }

  passed(): void {
    if (this.#words === undefined || this.#final) return;
    this.#words = undefined;
    this.#logger.info('the database records again');
  }

  #say(words: string, error?: unknown): void {
    if (words === this.#words) this.#logger.debug({ err: error }, 'a transaction was undone');
    else this.#logger.error({ err: error }, words);
    this.#words = words;
  }
}
