/**
 * Writes the write-ahead log back into the database file, on its own thread. That takes disk syncs, tens of
 * milliseconds in which a commit and its announcement would wait; so a thread does it on its own connection. Where
 * there are no threads, a commit does it when the log is full.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from '../../../../server/telemetry/logger.ts';
import { IN_MEMORY } from '../client.ts';
import { WAL_BOUNDS, type WalBounds } from './wal-size.ts';

/** Commands to the thread. It answers each, with the reason if it failed. */
export type CheckpointCommand = 'tidy' | 'end';
export interface CheckpointResult {
  readonly errand: CheckpointCommand;
  readonly failed?: string;
  /** Size of the log afterwards. */
  readonly walBytes?: number;
}

/** What the thread works on. */
export interface CheckpointTarget {
  readonly path: string;
  readonly kept: number;
}

/** For the log, `/readyz` and the doctor. */
export const WAL_GROWN =
  'the write-ahead log has grown beyond its bound: another program keeps a read transaction open on the database; end that program. Until then last reports and the history index are not written';

export class Checkpointer {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #bounds: WalBounds;
  #worker: Worker | undefined;
  #busy = false;
  #closed = false;
  #again: NodeJS.Timeout | undefined;
  #walBytes = 0;

  constructor(path: string, logger: Logger, bounds: WalBounds = WAL_BOUNDS) {
    this.#path = path;
    this.#logger = logger;
    this.#bounds = bounds;
  }

  /** Has the log grown beyond its bound, because a program outside keeps a read transaction open? */
  get isOverBound(): boolean {
    return this.#walBytes > this.#bounds.bound;
  }

  /** How large the log was when it was last written back. */
  get walBytes(): number {
    return this.#walBytes;
  }

  /** Called when no commit is waiting. */
  tidy(): void {
    if (this.#path === IN_MEMORY || this.#busy || this.#closed) return;
    this.#busy = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage('tidy' satisfies CheckpointCommand);
  }

  /** Resolves when the thread has let go of the file. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#again);
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    await new Promise<void>((resolve) => {
      worker.on('message', ({ errand }: CheckpointResult) => {
        if (errand === 'end') resolve();
      });
      worker.once('exit', () => resolve());
      worker.postMessage('end' satisfies CheckpointCommand);
    });
    await worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpointer-worker.ts', import.meta.url), {
      workerData: { path: this.#path, kept: this.#bounds.kept } satisfies CheckpointTarget,
    });
    worker.unref();
    worker.on('message', ({ failed, walBytes }: CheckpointResult) => {
      this.#busy = false;
      if (failed !== undefined) this.#failed(failed);
      if (walBytes !== undefined) this.#measured(walBytes);
    });
    worker.on('error', (error) => this.#failed(error));
    worker.on('exit', () => {
      this.#busy = false;
      this.#worker = undefined;
    });
    return worker;
  }

  #measured(walBytes: number): void {
    const was = this.isOverBound;
    this.#walBytes = walBytes;
    if (this.isOverBound !== was) {
      if (was)
        this.#logger.info({ walBytes }, 'the write-ahead log is small again; everything is written again');
      else this.#logger.warn({ walBytes }, WAL_GROWN);
    }
    clearTimeout(this.#again);
    if (walBytes <= this.#bounds.kept || this.#closed) return;
    this.#again = setTimeout(() => this.tidy(), this.#bounds.tryAgainMs);
    this.#again.unref();
  }

  #failed(error: unknown): void {
    this.#logger.warn(
      { err: error },
      'the write-ahead log could not be written back; it will be tried again',
    );
  }
}
