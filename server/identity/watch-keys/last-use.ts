/** When each watch key was last used: noted in memory at every use, written now and then. */
import type { Clock, Duration, Instant } from '../../domain/clock.ts';
import type { WatchKeyStore } from '../../ports/watch-key-store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Identity } from '../identity.ts';

const WRITE_EVERY: Duration = 30_000;
/** How many notes are kept while the database is unavailable; beyond that the oldest are lost. */
const MOST_NOTES = 100_000;

export interface LastUseOptions {
  readonly keys: Pick<WatchKeyStore, 'used'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly setTimer: (then: () => void, after: Duration) => () => void;
  readonly logger: Pick<Logger, 'warn'>;
}

export class LastUse {
  readonly #with: LastUseOptions;
  /** Unwritten notes, by id of the key. */
  #notes = new Map<string, Instant>();
  readonly #connected = new Set<() => Iterable<Identity>>();
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(options: LastUseOptions) {
    this.#with = options;
    this.#wait();
  }

  note(id: string): void {
    this.#keep(id, this.#with.clock.now());
  }

  /** An open connection is use: a key that follows a stream for a year must not look unused. */
  follow(connected: () => Iterable<Identity>): () => void {
    this.#connected.add(connected);
    return () => this.#connected.delete(connected);
  }

  /** Writes the notes. A failure is logged, and the notes are kept for the next time. */
  async write(): Promise<void> {
    for (const connected of this.#connected) {
      for (const { kind, userId } of connected()) if (kind === 'watch') this.note(userId);
    }
    if (this.#notes.size === 0) return;
    const notes = this.#notes;
    this.#notes = new Map();
    try {
      await this.#with.keys.used(Array.from(notes, ([id, at]) => ({ id, at })));
    } catch (error) {
      const since = this.#notes;
      this.#notes = notes;
      for (const [id, at] of since) this.#keep(id, at);
      this.#with.logger.warn({ err: error }, 'last uses of watch keys are not written; trying again');
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.write();
  }

  #keep(id: string, at: Instant): void {
    this.#notes.set(id, at);
    if (this.#notes.size <= MOST_NOTES) return;
    const oldest = this.#notes.keys().next();
    if (!oldest.done) this.#notes.delete(oldest.value);
  }

  #wait(): void {
    this.#cancel = this.#with.setTimer(() => {
      void this.write().finally(() => {
        if (!this.#closed) this.#wait();
      });
    }, WRITE_EVERY);
  }
}
