/** The only file that names the driver. The check comes first: an older Node would not survive loading it. */
import '../../../server/runtime/supported.mjs';
import SqliteClient from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from '../../drizzle.ts';
import { makePrivate } from './private-file.ts';
import { WAL_KEPT } from './wal-size.ts';

/** The driver's own connection. Every statement is synchronous: between BEGIN and COMMIT nobody else runs. */
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
 * Only an outsider with a shell on our file can make us wait, and while the driver waits the event loop stands still:
 * a short while, then whoever asked decides. The commit queue tries again without standing still.
 */
const BUSY_TIMEOUT_MS = 100;

/**
 * At how many pages (40 MB) a commit itself writes the log back into the file and waits for it. Only a storm without
 * a pause comes so far: see `Tidier`.
 */
const WAL_PAGES = 10_000;

const CACHE = 64 * 2 ** 20;

/**
 * Opens without a word to the file. `readonly` for looking at a file that may not be ours.
 * @throws SqliteError as the driver gives it
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

/** How many bytes of the file this connection may keep in memory. */
export function keepInMemory(client: Client, bytes: number): void {
  client.pragma(`cache_size = -${Math.floor(bytes / 1024)}`);
}

/** A second connection that only reads, for a read transaction that lasts over several turns of the event loop. */
export function connectReader(path: string): SqliteConnection {
  const client = openClient(path, { readonly: true });
  return { path, client, drizzle: drizzle({ client }) };
}

/** How long the driver waits, with everything else standing still, for somebody outside to let go of the file. */
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
