/** Recognises a database file of ours by its first bytes, without the driver. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseRefused } from '../../refused.ts';

/** "hbea" in the file's header: `file` and we can tell a hostbeat database from any other. */
export const APPLICATION_ID = 0x68626561;

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const APPLICATION_ID_AT = 68;

/** Missing, or without a byte in it: a database could be begun there. */
export function isNew(path: string): boolean {
  return !existsSync(path) || statSync(path).size === 0;
}

/**
 * Refuses, by its first bytes, a file that is clearly not our database: before a lock file is created beside it.
 * @throws DatabaseRefused `foreign`
 */
export function refuseOtherFile(path: string): void {
  if (isNew(path)) return;
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw noDatabase(path);
  const id = header.readUInt32BE(APPLICATION_ID_AT);
  if (id !== 0 && id !== APPLICATION_ID) throw anothers(path);
}

export function anothers(path: string): DatabaseRefused {
  return new DatabaseRefused(
    'foreign',
    `${path} is an SQLite database, but not one of hostbeat's: name the file of a hostbeat database`,
  );
}

export function noDatabase(path: string, cause?: unknown): DatabaseRefused {
  return new DatabaseRefused(
    'foreign',
    `${path} is not an SQLite database: name the file of a hostbeat database`,
    { cause },
  );
}
