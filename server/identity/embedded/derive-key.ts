/**
 * Derives keys from secrets by scrypt, beside the event loop: where the system allows it, in a thread of lower
 * priority, otherwise in the runtime's pool.
 */
import { scrypt } from 'node:crypto';
import process from 'node:process';
import { HashingThread, type KeyRequest } from './hashing-thread.ts';

/** @throws what scrypt says of its parameters */
export type DeriveKey = (request: KeyRequest) => Promise<Uint8Array>;

/**
 * Keys derived at a time: one where a second would take the processor from the event loop, otherwise two, because the
 * pool's few threads also serve files.
 */
export function keysAtOnce(processors: number): number {
  return processors > 2 ? 2 : 1;
}

export function deriveInPool({ secret, salt, bytes, cost }: KeyRequest): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, bytes, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

/** In threads of a lower priority, the one with the least work first. They start when they are needed. */
export function deriveInThreads(threads: readonly HashingThread[]): DeriveKey {
  return (request) => {
    const [free] = [...threads].sort((a, b) => a.pending - b.pending);
    return free === undefined ? deriveInPool(request) : free.derive(request);
  };
}

/** One for the process. Only Linux gives a thread its own priority, and only Node lets a thread set it. */
export function deriveKeyOf(processors: number): DeriveKey {
  const isNode = !('Deno' in globalThis) && process.versions.bun === undefined;
  if (process.platform !== 'linux' || !isNode) return deriveInPool;
  return deriveInThreads(Array.from({ length: keysAtOnce(processors) }, () => new HashingThread()));
}
