/**
 * A thread that derives keys at a lower priority than the event loop. On one processor a key takes a quarter of a
 * second; at the same priority the loop waited for a time slice of the thread again and again.
 */
import { Worker } from 'node:worker_threads';

export interface KeyRequest {
  readonly secret: string;
  readonly salt: Uint8Array;
  readonly bytes: number;
  /** The parameters of scrypt. */
  readonly cost: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number };
}

/** Added to the `nice` value: the thread gets a tenth of a processor that the event loop needs as well. */
export const NICER_BY = 10;

/** As text, so that every package has it. Linux sets the priority of one thread, by the number of that thread. */
const CODE = `
const { scryptSync } = require('node:crypto');
const { readlinkSync } = require('node:fs');
const { getPriority, setPriority } = require('node:os');
const { parentPort } = require('node:worker_threads');
try {
  const thread = Number(readlinkSync('/proc/thread-self').split('/').pop());
  setPriority(thread, Math.min(19, getPriority(thread) + ${NICER_BY}));
} catch {
  // Without /proc it has the priority of the process.
}
parentPort.on('message', ({ secret, salt, bytes, cost }) => {
  try {
    parentPort.postMessage({ key: new Uint8Array(scryptSync(secret, salt, bytes, cost)) });
  } catch (error) {
    parentPort.postMessage({ error });
  }
});
`;

/** The thread needs next to none: scrypt takes its memory outside the heap. */
const MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

type Answer = { readonly key: Uint8Array } | { readonly error: Error };

interface Waiting {
  readonly resolve: (key: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

export class HashingThread {
  #worker: Worker | undefined;
  /** Oldest first: the thread answers in order. */
  #waiting: Waiting[] = [];

  /** Number of keys that are not derived yet. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** @throws what scrypt says of its parameters; if the thread ends, the reason. The next call starts another thread */
  derive(request: KeyRequest): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker ??= this.#start();
      // The process may end only while the thread has nothing to do.
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  /** Ends the thread. What it had not derived is rejected. */
  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(CODE, {
      eval: true,
      name: 'hashing',
      execArgv: [],
      env: {},
      resourceLimits: MEMORY,
    });
    worker.on('message', (answer: Answer) => {
      const first = this.#waiting.shift();
      if ('key' in answer) first?.resolve(answer.key);
      else first?.reject(answer.error);
      if (this.#waiting.length === 0) worker.unref();
    });
    worker.on('error', (error: Error) => this.#lost(worker, error));
    worker.on('exit', () => this.#lost(worker, new Error('the hashing thread ended')));
    return worker;
  }

  #lost(worker: Worker, reason: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}
