/** PORT: the keys that cursors were sealed with since the database was made. */
import type { Instant } from '../domain/clock.ts';

export interface CursorKey {
  /** 1 for the first rotation, and so on without a hole. Before it the database's own key sealed cursors. */
  readonly id: number;
  readonly key: Uint8Array;
  readonly createdAt: Instant;
  /** Until then a cursor that an earlier key sealed is accepted. */
  readonly earlierUntil: Instant;
}

export interface CursorKeyStore {
  /** Oldest first. */
  cursorKeys(): Promise<readonly CursorKey[]>;
  /**
   * Adds the next one in one transaction, and tells the other nodes. `decide` sees those that are there, oldest first;
   * what it throws changes nothing. Rows named in `forget` go.
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
