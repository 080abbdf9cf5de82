/**
 * Makes database files readable by their owner only: they contain password hashes, signing keys and every server's
 * name.
 */
import { closeSync, fchmodSync, openSync, statSync } from 'node:fs';

/** Read and written by the owner only. */
const OWNER_ONLY = 0o600;

/**
 * Creates an empty file that no other user can open, whatever the umask. The files that SQLite creates beside it,
 * the write-ahead log and its index, get the same permissions from SQLite. An existing file stays as it is.
 */
export function makePrivate(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'wx', OWNER_ONLY);
  } catch (error) {
    // It exists already; otherwise SQLite itself will say why it cannot be created.
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
