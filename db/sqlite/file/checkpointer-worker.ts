/** The thread of `Tidier`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Done, Errand } from './checkpointer.ts';
import { openClient } from './connection.ts';

const client = openClient(workerData as string);

parentPort?.on('message', (errand: Errand) => {
  parentPort?.postMessage({ errand, ...attempt(errand) } satisfies Done);
});

function attempt(errand: Errand): { failed: string } | undefined {
  try {
    if (errand === 'end') client.close();
    // Waits neither for readers nor for writers.
    else client.pragma('wal_checkpoint(PASSIVE)');
    return undefined;
  } catch (error) {
    return { failed: (error as Error).message };
  }
}
