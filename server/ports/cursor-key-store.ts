/** PORT: the keys that cursors were sealed with since the database was made. */
import type { Instant } from '../domain/clock.ts';

export interface CursorKey {
  /** 1 for the first rotation, and so on without a gap. Before it, the database's own key sealed cursors. */
  readonly id: number;
  readonly key: Uint8Array;
  readonly createdAt: Instant;
  /** Until then, cursors that an earlier key sealed are accepted. */
  readonly earlierUntil: Instant;
}

export interface CursorKeyStore {
  /** Oldest first. */
  cursorKeys(): Promise<readonly CursorKey[]>;
  /**
   * Adds the next key in one transaction, and notifies the other nodes. `decide` gets the existing keys, oldest first;
   * if it throws, nothing changes. Removes the rows named in `forget`.
   */
  rotateCursorKey(decide: (keys: readonly CursorKey[]) => CursorKeyRotation): Promise<CursorKey>;
}

export interface CursorKeyRotation {
  readonly add: Omit<CursorKey, 'id'>;
  readonly forget: readonly number[];
}

/** The number of the next key. */
export function nextKeyId(keys: readonly CursorKey[]): number {
  return (keys.at(-1)?.id ?? 0) + 1;
}
