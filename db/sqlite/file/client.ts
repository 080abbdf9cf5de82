/**
 * The driver; the only file that names it. It loads nothing else, so that a thread that needs only a connection starts
 * soon. The check of the Node version comes first: an older Node would crash while loading it.
 */
import '../../../server/runtime/supported.mjs';
import SqliteClient from 'better-sqlite3';
import { makePrivate } from './private-file.ts';

/** The driver's own connection. Every statement is synchronous: no other code runs between BEGIN and COMMIT. */
export type Client = SqliteClient.Database;
export type Statement<P extends unknown[], R> = SqliteClient.Statement<P, R>;

export const IN_MEMORY = ':memory:';

/**
 * Only another program that uses our file can make us wait, and while the driver waits the event loop stands
 * still: so it waits briefly and the caller decides. The commit queue tries again without blocking.
 */
const BUSY_TIMEOUT_MS = 100;

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

/** Sets how many bytes of the file this connection may cache in memory. */
export function keepInMemory(client: Client, bytes: number): void {
  client.pragma(`cache_size = -${Math.floor(bytes / 1024)}`);
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
