import { RetriedReads } from '../limits/retried-reads.ts';
import { CursorKeys } from '../stream/cursor-keys.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type SetTimer, systemTimers } from '../timers.ts';
import type { Core } from './core.ts';
import type { Storage } from './storage.ts';

/** The keys that seal cursors, read before the first is sealed and whenever another node has rotated them. */
export async function startCursorKeys(
  { clock, logger, closing }: Core,
  { store, cursorKeys, node }: Pick<Storage, 'store' | 'cursorKeys' | 'node'>,
): Promise<CursorKeys> {
  const keys = new CursorKeys({
    signingKey: store.signingKey,
    store: cursorKeys,
    clock,
    isShared: node !== undefined,
  });
  await keys.load();
  closing.add(followRotations(keys, { store, logger, setTimer: systemTimers.setTimer }));
  return keys;
}

/**
 * Reads the keys until a read succeeds: a node without the newest key seals cursors that are refused as soon as the
 * time of the earlier key is over.
 */
export function followRotations(
  keys: Pick<CursorKeys, 'load'>,
  {
    store,
    logger,
    setTimer,
  }: {
    readonly store: Pick<Storage['store'], 'onCommit'>;
    readonly logger: Pick<Logger, 'warn'>;
    readonly setTimer: SetTimer;
  },
): () => void {
  const reads = new RetriedReads({
    setTimer,
    read: () => keys.load(),
    failed: (error, _key, nextMs) =>
      logger.warn({ err: error, nextMs }, 'the keys of cursors could not be read; they are read again'),
  });
  const stop = store.onCommit(({ touched = [] }) => {
    if (touched.some(({ cursorKeys: changed }) => changed)) reads.request('keys of cursors');
  });
  return () => {
    stop();
    reads.stop();
  };
}
