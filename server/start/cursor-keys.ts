import { CursorKeys } from '../stream/cursor-keys.ts';
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
  const stop = store.onCommit(({ touched = [] }) => {
    if (!touched.some(({ cursorKeys: changed }) => changed)) return;
    keys.load().catch((error) => logger.warn({ err: error }, 'the keys of cursors could not be read again'));
  });
  closing.add(stop);
  return keys;
}
