import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Collected, OpenRequest, Request } from './sockets.ts';

/** The bench's handle on the load generator process; it ends with the bench. */
export class Generator {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'sockets.ts'), {
      stdio: 'inherit',
      serialization: 'advanced',
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  open(request: Omit<OpenRequest, 'do'>): Promise<number> {
    return this.#ask({ do: 'open', ...request });
  }

  clear(): Promise<boolean> {
    return this.#ask({ do: 'clear' });
  }

  collect(count: number, ms: number): Promise<Collected> {
    return this.#ask({ do: 'collect', count, ms });
  }

  /** The arrivals so far, once nothing has arrived for a while. */
  settle(ms: number): Promise<Collected> {
    return this.#ask({ do: 'settle', ms });
  }

  /** Every n-th socket stops reading. @returns how many do */
  stall(every: number): Promise<number> {
    return this.#ask({ do: 'stall', every });
  }

  close(): void {
    this.#child.disconnect();
  }

  #ask<T>(request: Request): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (message: { result?: T; error?: string }) =>
        message.error === undefined ? resolve(message.result as T) : reject(new Error(message.error)),
      );
      this.#child.send(request);
    });
  }
}
