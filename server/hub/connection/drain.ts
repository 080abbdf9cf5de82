import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import type { Duration } from '../../domain/clock.ts';
import type { SetTimer } from '../../timers.ts';
import type { Connections } from './connections.ts';

/** Time between two slices of closes. */
const SLICE: Duration = 50;
/** How long peers may take to answer the last close frame. */
const PATIENCE: Duration = 1_000;

export interface DrainOptions {
  readonly window: Duration;
  readonly setTimer: SetTimer;
  /** Resolves when everything requested so far is committed, and therefore delivered. */
  readonly settled: () => Promise<void>;
}

/**
 * Announces a restart to every client, waits for running commits, but not longer than the window, then closes the
 * connections with 1012 in slices over the window, so that neither this server nor the next one has to serve all
 * clients at the same moment.
 */
export async function drain(connections: Connections, options: DrainOptions): Promise<void> {
  const { window, setTimer, settled } = options;
  const all = [...connections];
  for (const connection of all) connection.drain([0, window]);
  await atMost(window, settled(), setTimer);
  const slices = Math.max(1, Math.ceil(window / SLICE));
  const size = Math.ceil(all.length / slices);
  while (all.length > 0) {
    await passed(Math.min(SLICE, window), setTimer);
    for (const connection of all.splice(0, size)) connection.close(CLOSE.drain);
  }
}

/** Closes the remaining connections with 1001, and terminates those that do not answer. */
export async function leave(connections: Connections, setTimer: SetTimer): Promise<void> {
  for (const connection of connections) connection.close(CLOSE.goingAway);
  const cancel = setTimer(() => {
    for (const connection of connections) connection.terminate();
  }, PATIENCE);
  await connections.empty();
  cancel();
}

/** Waits for the work, at most this long. Failed work counts as finished. */
function atMost(time: Duration, work: Promise<void>, setTimer: SetTimer): Promise<void> {
  return new Promise((resolve) => {
    const cancel = setTimer(resolve, time);
    const over = () => {
      cancel();
      resolve();
    };
    work.then(over, over);
  });
}

function passed(time: Duration, setTimer: SetTimer): Promise<void> {
  return new Promise((resolve) => {
    setTimer(resolve, time);
  });
}
