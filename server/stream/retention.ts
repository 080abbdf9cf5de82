import type { Clock, Duration } from '../domain/clock.ts';
import type { Store } from '../store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SetTimer } from '../timers.ts';

export interface RetentionOptions {
  readonly store: Pick<Store, 'trim'>;
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  readonly logger: Logger;
  /** Rows older than this are forgotten. */
  readonly retention: Duration;
  /** More rows than this are not kept. */
  readonly retentionItems: number;
}

/** Rows deleted in one transaction: some milliseconds, so no commit waits long. */
const BATCH = 500;
/** Between two batches while there is more, and between two looks while there is not. */
const NEXT_BATCH: Duration = 50;
const NEXT_LOOK: Duration = 60_000;

/** Deletes rows that are too old to resume from, a little at a time. A client that was away longer starts over. */
export class Retention {
  readonly #options: RetentionOptions;
  #stopped = false;
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#later(NEXT_LOOK);
  }

  /** One batch. @returns whether there may be more to forget */
  async trim(): Promise<boolean> {
    const { store, clock, retention, retentionItems } = this.#options;
    return (await store.trim(clock.now() - retention, retentionItems, BATCH)) > 0;
  }

  /** Resolves when no batch is under way. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  #later(after: Duration): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.setTimer(() => {
      this.#running = this.#turn();
    }, after);
  }

  async #turn(): Promise<void> {
    try {
      this.#later((await this.trim()) ? NEXT_BATCH : NEXT_LOOK);
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the log could not be trimmed; trying again');
      this.#later(NEXT_LOOK);
    }
  }
}
