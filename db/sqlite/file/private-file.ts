/** Files of the database are their owner's alone: they hold password hashes, signing keys and every server's name. */
import { closeSync, fchmodSync, openSync, statSync } from 'node:fs';

/** Read and written by their owner. */
const OWNER_ONLY = 0o600;

/**
 * Makes an empty file that nobody else can open, whatever the umask. What SQLite puts beside it later, its write-ahead
 * log and the index of that, gets the same permissions from SQLite. A file that is there stays as it is.
 */
export function makePrivate(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'wx', OWNER_ONLY);
  } catch (error) {
    // It is there already; or SQLite itself will say, in its own words, why there can be none.
    if ((error as NodeJS.ErrnoException).code !== undefined) return;
    throw error;
  }
  try {
    fchmodSync(file, OWNER_ONLY);
  } finally {
    closeSync(file);
  }
}

/** The permissions of a file that others can open, as `0644`; undefined if no other user can. */
export function openToOthers(path: string): string | undefined {
  const mode = statSync(path).mode & 0o777;
  return (mode & 0o077) === 0 ? undefined : `0${mode.toString(8)}`;
}
