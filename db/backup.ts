/** A copy of a database, taken while it is in use, and the way back. */

import { DatabaseRefused } from './refused.ts';
import { backupSqlite, restoreSqlite } from './sqlite/file/backup.ts';
import { isPostgres, sqlitePath } from './url.ts';

/**
 * Copies the database as it is at one moment into a new file; a running hostbeat goes on meanwhile.
 * @throws DatabaseRefused if there is no sound database of this version, or `file` exists already
 */
export async function backupDatabase(url: string, file: string): Promise<void> {
  refusePostgres(url);
  backupSqlite(sqlitePath(url), file);
}

/**
 * Puts a backup in the place of the database. What was there is kept beside it. The log begins a new epoch, because
 * numbers given since the backup may be given again to other items: every client is told to start over.
 * @returns where the database that was there is now, undefined if there was none
 * @throws DatabaseRefused if the backup is none, or the database is in use
 */
export async function restoreDatabase(url: string, file: string): Promise<string | undefined> {
  refusePostgres(url);
  return restoreSqlite(sqlitePath(url), file);
}

/** @throws DatabaseRefused `unsupported` */
function refusePostgres(url: string): void {
  if (!isPostgres(url)) return;
  throw new DatabaseRefused(
    'unsupported',
    'PostgreSQL is backed up and restored by its own programs, such as pg_dump and pg_basebackup (docs/postgres.md)',
  );
}
