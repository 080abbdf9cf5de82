/**
 * Limits of the write-ahead log's size. SQLite restarts the log once all of it is in the file and no reader uses
 * it: another program with an open read transaction makes it grow with every commit.
 */
import { statSync } from 'node:fs';

/** Size to which a restarted log is cut. */
export const WAL_KEPT = 64 * 2 ** 20;

export interface WalBounds {
  readonly kept: number;
  /** Above it only what is essential is written: see SqliteStore. */
  readonly bound: number;
  /** How often to try to cut a log that has grown, while nothing is written. */
  readonly tryAgainMs: number;
}

export const WAL_BOUNDS: WalBounds = { kept: WAL_KEPT, bound: 256 * 2 ** 20, tryAgainMs: 2_000 };

/** Bytes of the log of the database at `path`; 0 without one. */
export function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
