/**
 * Opens SQLite connections; the only file that names the driver. The check of the Node version comes first: an
 * older Node would crash while loading it.
 */
import '../../../server/runtime/supported.mjs';
import SqliteClient from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from '../../drizzle.ts';
import { makePrivate } from './private-file.ts';
import { WAL_KEPT } from './upkeep/wal-size.ts';

/** The driver's own connection. Every statement is synchronous: no other code runs between BEGIN and COMMIT. */
export type Client = SqliteClient.Database;
export type Statement<P extends unknown[], R> = SqliteClient.Statement<P, R>;
export type Drizzle = BetterSQLite3Database;

export interface SqliteConnection {
  /** Path of the file, or `:memory:`. */
  readonly path: string;
  readonly client: Client;
  readonly drizzle: Drizzle;
}

export const IN_MEMORY = ':memory:';

/**
 * Only another program that uses our file can make us wait, and while the driver waits the event loop stands
 * still: so it waits briefly and the caller decides. The commit queue tries again without blocking.
 */
const BUSY_TIMEOUT_MS = 100;

/**
 * From this many pages (40 MB) on, a commit itself writes the log back into the file and waits for it. Only a
 * storm without a pause gets there: see `Checkpointer`.
 */
const WAL_PAGES = 10_000;

const CACHE = 64 * 2 ** 20;

/**
 * Opens a file without reading or writing it. `readonly` for a file that may not be ours. @throws SqliteError from
 * the driver
 */
export function openClient(path: string, options: { readonly readonly?: boolean } = {}): Client {
  if (path !== IN_MEMORY && options.readonly !== true) makePrivate(path);
  return new SqliteClient(path, {
    readonly: options.readonly ?? false,
    fileMustExist: options.readonly ?? false,
    timeout: BUSY_TIMEOUT_MS,
  });
}

/**
 * Makes a connection durable. WAL with `synchronous=FULL` syncs on every commit: what a promise has acknowledged
 * survives a power cut, which NORMAL would not give.
 */
export function connect(path: string): SqliteConnection {
  const client = openClient(path);
  try {
    // Only for a new file, and before anything is written to it: see free-space.ts.
    client.pragma('auto_vacuum = INCREMENTAL');
    client.pragma('journal_mode = WAL');
    client.pragma('synchronous = FULL');
    client.pragma('foreign_keys = ON');
    client.pragma('temp_store = MEMORY');
    keepInMemory(client, CACHE);
    client.pragma(`wal_autocheckpoint = ${WAL_PAGES}`);
    client.pragma(`journal_size_limit = ${WAL_KEPT}`);
    return { path, client, drizzle: drizzle({ client }) };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Sets how many bytes of the file this connection may cache in memory. */
export function keepInMemory(client: Client, bytes: number): void {
  client.pragma(`cache_size = -${Math.floor(bytes / 1024)}`);
}

/** A second, read-only connection, for a read transaction that lasts over several turns of the event loop. */
export function connectReader(path: string): SqliteConnection {
  const client = openClient(path, { readonly: true });
  return { path, client, drizzle: drizzle({ client }) };
}

/** How long the driver blocks, with everything else, for another program to release the file. */
export function waitForOthers(client: Client, ms: number = BUSY_TIMEOUT_MS): void {
  client.pragma(`busy_timeout = ${ms}`);
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** The driver's result code (`SQLITE_BUSY`, `SQLITE_FULL` …), undefined for an error that is not the driver's. */
export function sqliteCode(error: unknown): string | undefined {
  return error instanceof SqliteClient.SqliteError ? error.code : undefined;
}
