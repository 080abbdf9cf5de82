/**
 * Writes what has gathered in the write-ahead log back into the file. That takes syncs of the disk, tens of
 * milliseconds in which a commit and its announcement would wait: so a thread of its own does it, on a connection of
 * its own, and stands in nobody's way. Where there can be no thread, a commit does it when the log is full.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from '../../../server/telemetry/logger.ts';
import { IN_MEMORY } from './connection.ts';

/** What the thread is asked. It answers each, with why it could not if it could not. */
export type Errand = 'tidy' | 'end';
export interface Done {
  readonly errand: Errand;
  readonly failed?: string;
}

export class Tidier {
  readonly #path: string;
  readonly #logger: Logger;
  #worker: Worker | undefined;
  #busy = false;
  #closed = false;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** For a moment in which nobody waits for a commit. */
  tidy(): void {
    if (this.#path === IN_MEMORY || this.#busy || this.#closed) return;
    this.#busy = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage('tidy' satisfies Errand);
  }

  /** Resolves when the thread has let go of the file. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    await new Promise<void>((resolve) => {
      worker.on('message', ({ errand }: Done) => {
        if (errand === 'end') resolve();
      });
      worker.once('exit', () => resolve());
      worker.postMessage('end' satisfies Errand);
    });
    await worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpointer-worker.ts', import.meta.url), {
      workerData: this.#path,
    });
    worker.unref();
    worker.on('message', ({ failed }: Done) => {
      this.#busy = false;
      if (failed !== undefined) this.#failed(failed);
    });
    worker.on('error', (error) => this.#failed(error));
    worker.on('exit', () => {
      this.#busy = false;
      this.#worker = undefined;
    });
    return worker;
  }

  #failed(error: unknown): void {
    this.#logger.warn(
      { err: error },
      'the write-ahead log could not be written back; it will be tried again',
    );
  }
}
