/**
 * Checks every page of the database file. SQLite must read all of it: no time for a small file, many seconds for a
 * gigabyte on a slow disk. A watcher must be back soon, above all after a crash: so a thread reads a large file
 * and gets a head start, and its finding may arrive after the start.
 */
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openClient } from '../client.ts';
import { isDamage } from '../driver-errors.ts';

/** `ok`, or the first problem. */
export type IntegrityFinding = string;

/** Read in about a tenth of a second; a thread would take as long to start. */
const SMALL = 32 * 1024 * 1024;

export interface IntegrityCheck {
  /** When it began, by `performance.now()`. */
  readonly since: number;
  /** Undefined if it was stopped before its end. Never rejects. */
  readonly verdict: Promise<IntegrityFinding | undefined>;
  /** Resolves when the file is closed. */
  stop(): Promise<void>;
}

/** Too large to be checked in the time that a thread takes to start? */
export function isLargeFile(path: string, small = SMALL): boolean {
  return statSync(path).size > small;
}

/** @param small files up to this size, in bytes, are checked at once */
export function checkIntegrity(path: string, small = SMALL): IntegrityCheck {
  const since = performance.now();
  if (!isLargeFile(path, small))
    return { since, verdict: Promise.resolve(verdictOn(path)), stop: async () => {} };
  const worker = new Worker(new URL('./integrity-worker.ts', import.meta.url), { workerData: path });
  worker.unref();
  const verdict = new Promise<IntegrityFinding | undefined>((resolve) => {
    worker.once('message', resolve);
    worker.once('exit', () => resolve(undefined));
    // A runtime that cannot run the thread: check here.
    worker.once('error', () => resolve(attempted(path)));
  });
  return { since, verdict, stop: async () => void (await worker.terminate()) };
}

/** Undefined if the file cannot be read: opening it later will say why. */
function attempted(path: string): IntegrityFinding | undefined {
  try {
    return verdictOn(path);
  } catch {
    return undefined;
  }
}

/** @throws SqliteError if the file cannot be read for another reason than damage */
export function verdictOn(path: string): IntegrityFinding {
  const client = openClient(path, { readonly: true });
  try {
    const [first = ''] = String(client.pragma('quick_check(1)', { simple: true }))
      .split('\n')
      .slice(-1);
    return first;
  } catch (error) {
    if (isDamage(error)) return (error as Error).message;
    throw error;
  } finally {
    client.close();
  }
}
