/**
 * Is every page of the file what it should be? SQLite must read all of it to say so: nothing for a small file, many
 * seconds for a gigabyte on a slow disk. A watcher must be back soon, above all after a crash: so a large file is read by a
 * thread of its own, which gets a head start, and what it finds later is told later.
 */
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openClient } from './connection.ts';
import { isDamage } from './driver-errors.ts';

/** `ok`, or what is wrong first. */
export type IntegrityFinding = string;

/** Read in about a tenth of a second; a thread would take as long to start. */
const SMALL = 32 * 1024 * 1024;

export interface IntegrityCheck {
  /** Undefined if it was stopped before it was through. Never rejects. */
  readonly verdict: Promise<IntegrityFinding | undefined>;
  /** Resolves when the file is let go. */
  stop(): Promise<void>;
}

/** @param small up to what size, in bytes, it is done at once */
export function checkIntegrity(path: string, small = SMALL): IntegrityCheck {
  if (statSync(path).size <= small) return done(verdictOn(path));
  const worker = new Worker(new URL('./integrity-worker.ts', import.meta.url), { workerData: path });
  worker.unref();
  const verdict = new Promise<IntegrityFinding | undefined>((resolve) => {
    worker.once('message', resolve);
    worker.once('exit', () => resolve(undefined));
    // A runtime that cannot run the thread: then as if there were no better way.
    worker.once('error', () => resolve(attempted(path)));
  });
  return { verdict, stop: async () => void (await worker.terminate()) };
}

/** Undefined where the file cannot be read: whoever opens it next will say why. */
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

function done(verdict: IntegrityFinding): IntegrityCheck {
  return { verdict: Promise.resolve(verdict), stop: async () => {} };
}
