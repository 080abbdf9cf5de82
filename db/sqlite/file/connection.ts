/** Connections to the database: the driver's, and Drizzle's over it. */
import { type BetterSQLite3Database, drizzle } from '../../drizzle.ts';
import { type Client, keepInMemory, openClient } from './client.ts';
import { WAL_KEPT } from './upkeep/wal-size.ts';

export type Drizzle = BetterSQLite3Database;

export interface SqliteConnection {
  /** Path of the file, or `:memory:`. */
  readonly path: string;
  readonly client: Client;
  readonly drizzle: Drizzle;
}

/**
 * From this many pages (40 MB) on, a commit itself writes the log back into the file and waits for it. Only a
 * storm without a pause gets there: see `Checkpointer`.
 */
const WAL_PAGES = 10_000;

const CACHE = 64 * 2 ** 20;

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

/** A second, read-only connection, for a read transaction that lasts over several turns of the event loop. */
export function connectReader(path: string): SqliteConnection {
  const client = openClient(path, { readonly: true });
  return { path, client, drizzle: drizzle({ client }) };
}
