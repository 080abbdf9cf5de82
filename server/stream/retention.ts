/** Deletes what is no longer kept, and returns its space to the disk. */
import type { Clock, Duration } from '../domain/clock.ts';
import type { Store } from '../ports/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SetTimer } from '../timers.ts';

export interface RetentionOptions {
  readonly store: Pick<Store, 'trim' | 'forget' | 'reclaim'>;
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  readonly logger: Logger;
  /** Rows older than this are deleted. */
  readonly retention: Duration;
  /** At most this many rows are kept. */
  readonly retentionItems: number;
  /** The same for deleted servers, ended tokens and keys, actions on servers, and the audit log. */
  readonly deletedRetention: Duration;
  readonly actionsRetention: Duration;
  readonly auditRetention: Duration;
  /** Limits the audit log in number, one step at a time. */
  readonly boundedAudit: { step(): Promise<boolean> };
}

/** Rows deleted in one transaction: some milliseconds, so no commit waits long. */
const BATCH = 500;
/** Smaller, because deleting a server updates some twenty indexes. */
const FORGOTTEN_BATCH = 50;
/** Time between two batches while there is more to delete, and between two looks while there is not. */
const NEXT_BATCH: Duration = 50;
const NEXT_LOOK: Duration = 60_000;

/**
 * Works a little at a time, so that no commit waits long. A client that was away for longer than the log is kept starts
 * over.
 */
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

  /** One batch of each kind, or one slice of space. @returns whether there may be more to do */
  async trim(): Promise<boolean> {
    const { store, clock, retention, retentionItems } = this.#options;
    const { deletedRetention, actionsRetention, auditRetention, boundedAudit } = this.#options;
    const now = clock.now();
    const trimmed = await store.trim(now - retention, retentionItems, BATCH);
    const before = {
      deleted: now - deletedRetention,
      actions: now - actionsRetention,
      audit: now - auditRetention,
    };
    const forgotten = await store.forget(before, FORGOTTEN_BATCH);
    const isOverBound = await boundedAudit.step();
    if (trimmed > 0 || forgotten > 0 || isOverBound) return true;
    return (await store.reclaim?.()) ?? false;
  }

  /** Resolves when no batch is running. */
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
      this.#options.logger.warn({ err: error }, 'old rows could not be deleted; trying again');
      this.#later(NEXT_LOOK);
    }
  }
}
