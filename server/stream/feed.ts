/**
 * Delivers committed log rows of each stream, in order, without a gap or a repeat. The store of a single process
 * announces every row in order, so this only checks the order; a store that learns of other processes' commits by a
 * wake-up may skip rows, which this reads from the log first.
 */

import type { LogRow, StreamName } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { Logger } from '../telemetry/logger.ts';

import type { SetTimer } from '../timers.ts';

export type RowListener = (row: LogRow) => void;
export interface FeedOptions {
  readonly store: Pick<Store, 'onCommit' | 'log'>;
  readonly logger: Logger;
  readonly setTimer: SetTimer;
}

const PAGE = 100;
const RETRY_MS = 250;

export class Feed {
  readonly #options: FeedOptions;
  readonly #followed = new Map<StreamName, FollowedStream>();
  readonly #stop: () => void;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#stop = options.store.onCommit(({ rows }) => {
      for (const row of rows) this.#followed.get(row.stream)?.arrived(row);
    });
  }

  /**
   * Calls `listener` with every row of a stream committed from now on. One listener per stream; a listener with many
   * followers divides the work itself. A listener must not throw. Returns a function that stops it.
   */
  follow(stream: StreamName, listener: RowListener): () => void {
    const followed = new FollowedStream(stream, listener, this.#options);
    this.#followed.set(stream, followed);
    return () => {
      followed.stop();
      if (this.#followed.get(stream) === followed) this.#followed.delete(stream);
    };
  }

  close(): void {
    this.#stop();
    for (const followed of this.#followed.values()) followed.stop();
    this.#followed.clear();
  }
}

class FollowedStream {
  readonly #stream: StreamName;
  readonly #listener: RowListener;
  readonly #options: FeedOptions;
  /** Last delivered row; undefined until the first, which may have any number. */
  #delivered: number | undefined;
  /** Newest row known to be in the log while missing rows are read. */
  #wanted = 0;
  #filling = false;
  #stopped = false;
  #cancelRetry: () => void = () => undefined;

  constructor(stream: StreamName, listener: RowListener, options: FeedOptions) {
    this.#stream = stream;
    this.#listener = listener;
    this.#options = options;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry();
  }

  arrived(row: LogRow): void {
    if (this.#delivered !== undefined && row.seq <= this.#delivered) return;
    if (!this.#filling && (this.#delivered === undefined || row.seq === this.#delivered + 1)) {
      this.#handOn(row);
      return;
    }
    this.#wanted = Math.max(this.#wanted, row.seq);
    if (!this.#filling) void this.#fill();
  }

  #handOn(row: LogRow): void {
    this.#delivered = row.seq;
    this.#listener(row);
  }

  async #fill(): Promise<void> {
    const { store, logger, setTimer } = this.#options;
    this.#filling = true;
    logger.warn(
      { stream: this.#stream, delivered: this.#delivered, wanted: this.#wanted },
      'hole in the feed',
    );
    try {
      while (!this.#stopped && this.#delivered !== undefined && this.#delivered < this.#wanted) {
        const rows = await store.log(this.#stream, this.#delivered, this.#wanted, PAGE);
        if (this.#stopped) return;
        // Trimmed rows cannot be delivered: a follower that needs them sees the gap, and starts over.
        if (rows.length === 0) this.#delivered = this.#wanted;
        for (const row of rows) this.#handOn(row);
      }
      this.#filling = false;
    } catch (error) {
      logger.error({ err: error, stream: this.#stream }, 'the log cannot be read; trying again');
      if (!this.#stopped) this.#cancelRetry = setTimer(() => void this.#fill(), RETRY_MS);
    }
  }
}
