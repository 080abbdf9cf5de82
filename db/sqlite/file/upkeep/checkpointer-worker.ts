/** The thread of `Checkpointer`. */
import { parentPort, workerData } from 'node:worker_threads';
import { openClient, waitForOthers } from '../client.ts';
import type { CheckpointCommand, CheckpointResult, CheckpointTarget } from './checkpointer.ts';
import { walBytes } from './wal-size.ts';

const { path, kept } = workerData as CheckpointTarget;
const client = openClient(path);

/** Waits for no other program: what blocks it now may be gone the next time. */
waitForOthers(client, 0);

parentPort?.on('message', (errand: CheckpointCommand) => {
  parentPort?.postMessage({ errand, ...attempt(errand) } satisfies CheckpointResult);
});

function attempt(errand: CheckpointCommand): { failed: string } | { walBytes: number } | undefined {
  try {
    if (errand === 'end') {
      client.close();
      return undefined;
    }
    // Waits neither for readers nor for writers.
    client.pragma('wal_checkpoint(PASSIVE)');
    // The log has grown because another program read it. Once that has ended the log can be cut, even without
    // writes.
    if (walBytes(path) > kept) client.pragma('wal_checkpoint(TRUNCATE)');
    return { walBytes: walBytes(path) };
  } catch (error) {
    return { failed: (error as Error).message };
  }
}
