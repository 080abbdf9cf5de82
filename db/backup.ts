/** Backs up a database while it is in use, and restores it. */

import { DatabaseRefused } from './refused.ts';
import { backupSqlite, restoreSqlite } from './sqlite/file/backup.ts';
import { isPostgres, sqlitePath } from './url.ts';

/**
 * Copies the database as it is at one moment into a new file, while hostbeat keeps running. @throws DatabaseRefused if
 * there is no intact database of this version, or `file` exists already
 */
export async function backupDatabase(url: string, file: string): Promise<void> {
  refusePostgres(url);
  backupSqlite(sqlitePath(url), file);
}

/**
 * Replaces the database with a backup. The old one is kept beside it. The log begins a new epoch, because numbers
 * used since the backup may be reused for other items: every client starts over. @returns where the old database
 * is now, undefined if there was none @throws DatabaseRefused if the file is not a backup, or the database is in
 * use
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
