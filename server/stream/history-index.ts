import type { Duration } from '../domain/clock.ts';
import type { Store } from '../ports/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SetTimer } from '../timers.ts';

export interface HistoryIndexOptions {
  readonly store: Pick<Store, 'keepHistory' | 'onCommit'>;
  readonly setTimer: SetTimer;
  readonly logger: Logger;
}

/**
 * After a commit followers come first; the index is written later. While commits follow each other the index waits for
 * a pause, but not for ever: a reader does the remaining work itself.
 */
const AFTER_COMMIT: Duration = 500;
const MOST_POSTPONED = 200;
const NEXT_BATCH: Duration = 20;
const AFTER_FAILURE: Duration = 5_000;
/** Entries of trimmed rows are deleted even if there are no commits. */
const NEXT_LOOK: Duration = 300_000;

/** Keeps the index of log rows by server up to date: a little at a time, so that no commit waits for it. */
export class HistoryIndex {
  readonly #options: HistoryIndexOptions;
  readonly #stopListening: () => void;
  #due = false;
  #postponed = 0;
  #stopped = false;
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: HistoryIndexOptions) {
    this.#options = options;
    this.#stopListening = options.store.onCommit(({ rows }) => {
      if (rows.length > 0) this.#afterCommit();
    });
  }

  start(): void {
    this.#later(AFTER_COMMIT, true);
  }

  /** Does the remaining work at once, for a reader. */
  async catchUp(): Promise<void> {
    while (await this.#options.store.keepHistory());
  }

  /** Resolves when no batch is running. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#stopListening();
    this.#cancel();
    await this.#running;
  }

  #afterCommit(): void {
    if (this.#due && this.#postponed >= MOST_POSTPONED) return;
    this.#postponed = this.#due ? this.#postponed + 1 : 0;
    this.#later(AFTER_COMMIT, true);
  }

  #later(after: Duration, due: boolean): void {
    if (this.#stopped) return;
    this.#due = due;
    this.#cancel();
    this.#cancel = this.#options.setTimer(() => {
      this.#running = this.#turn();
    }, after);
  }

  async #turn(): Promise<void> {
    try {
      const more = await this.#options.store.keepHistory();
      this.#later(more ? NEXT_BATCH : NEXT_LOOK, more);
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the history could not be kept up; trying again');
      this.#later(AFTER_FAILURE, true);
    }
  }
}
