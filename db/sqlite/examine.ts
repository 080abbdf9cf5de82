/** Looks at a file before anything is written to it. What is not a sound database of ours stays as it is. */
import { existsSync, statSync } from 'node:fs';
import { knownMigrations, MIGRATIONS_TABLE } from '../migrate.ts';
import { DatabaseRefused } from '../refused.ts';
import { type Client, openClient, sqliteCode } from './connection.ts';

/** "hbea" in the file's header: `file` and we can tell a hostbeat database from any other. */
export const APPLICATION_ID = 0x68626561;

/**
 * A file that is missing or empty is new and passes.
 * @throws DatabaseRefused `foreign`, `damaged` or `newer`
 */
export function examine(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  let client: Client | undefined;
  try {
    client = openClient(path, { readonly: true });
    refuseForeign(client, path);
    refuseDamaged(client, path);
    refuseNewer(client, path);
  } catch (error) {
    throw translated(error, path);
  } finally {
    client?.close();
  }
}

function refuseForeign(client: Client, path: string): void {
  const id = client.pragma('application_id', { simple: true });
  if (id === APPLICATION_ID) return;
  const tables = client.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (id === 0 && tables === 0) return;
  throw new DatabaseRefused(
    'foreign',
    `${path} is an SQLite database, but not one of hostbeat's: name another file in HOSTBEAT_DATABASE_URL`,
  );
}

function refuseDamaged(client: Client, path: string): void {
  const verdict = client.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw damaged(path, String(verdict));
}

function refuseNewer(client: Client, path: string): void {
  const noted = client.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(MIGRATIONS_TABLE);
  if (noted === undefined) return;
  const known = new Set(knownMigrations('sqlite'));
  const applied = client.prepare(`SELECT hash FROM ${MIGRATIONS_TABLE}`).pluck().all() as string[];
  if (applied.every((hash) => known.has(hash))) return;
  throw new DatabaseRefused(
    'newer',
    `${path} was written by a newer hostbeat than this one: run that version, or restore a backup made by this one`,
  );
}

function translated(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === 'SQLITE_NOTADB') {
    return new DatabaseRefused(
      'foreign',
      `${path} is not an SQLite database: name another file in HOSTBEAT_DATABASE_URL`,
      { cause: error },
    );
  }
  if (code?.startsWith('SQLITE_CORRUPT')) return damaged(path, (error as Error).message, error);
  if (code !== undefined) {
    return new DatabaseRefused('unreachable', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return error;
}

function damaged(path: string, detail: string, cause?: unknown): DatabaseRefused {
  return new DatabaseRefused(
    'damaged',
    `${path} is damaged (${detail}) and was left as it is: move it away with its -wal and -shm files, then bring back a backup with "hostbeat restore FILE"`,
    { cause },
  );
}
