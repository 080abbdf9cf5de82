/**
 * How large the write-ahead log may be. SQLite begins it again from its start once everything in it is in the file and
 * nobody reads it: a program outside that keeps a read transaction open makes it grow with every commit.
 */
import { statSync } from 'node:fs';

/** To what it is cut back when it is begun again. */
export const WAL_KEPT = 64 * 2 ** 20;

export interface WalBounds {
  readonly kept: number;
  /** Above it only what must be kept is written: see SqliteStore. */
  readonly bound: number;
  /** How often a log that has grown is tried to be cut, while nothing is written. */
  readonly tryAgainMs: number;
}

export const WAL_BOUNDS: WalBounds = { kept: WAL_KEPT, bound: 256 * 2 ** 20, tryAgainMs: 2_000 };

/** Bytes of the log of the database at `path`; 0 without one. */
export function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
