/** Opens the database that a URL names. The only entry point of this folder. */
import { noLogger } from '../server/telemetry/logger.ts';
import type { Database, OpenOptions } from './database.ts';
import { queued } from './sqlite/commit/queued.ts';
import { IN_MEMORY, keepInMemory } from './sqlite/file/client.ts';
import { watchFile } from './sqlite/file/file-watch.ts';
import { openConnection } from './sqlite/file/open.ts';
import { openToOthers } from './sqlite/file/private-file.ts';
import { SqliteStore } from './sqlite/store.ts';
import { ACCOUNT_METHODS, SqliteAccounts } from './sqlite/tables/accounts/accounts.ts';
import { CURSOR_KEY_METHODS, SqliteCursorKeys } from './sqlite/tables/cursor-keys.ts';
import { SqliteWatchKeys, WATCH_KEY_METHODS } from './sqlite/tables/watch-keys.ts';
import { SqliteWebhooks, WEBHOOK_METHODS } from './sqlite/tables/webhooks.ts';
import { isPostgres, sqlitePath } from './url.ts';

export type { Database, OpenOptions };

/**
 * @param url `sqlite:PATH`, `sqlite::memory:` for one that ends with the process, or `postgres://…`
 * @throws DatabaseRefused saying why the database was not opened, and what to do
 */
export async function openDatabase(url: string, options: OpenOptions): Promise<Database> {
  // Loads only the engine in use.
  if (isPostgres(url)) return (await import('./postgres/open.ts')).openPostgres(url, options);
  return openSqlite(sqlitePath(url), options);
}

async function openSqlite(path: string, options: OpenOptions): Promise<Database> {
  const { clock, rules, logger = noLogger, cache, mustExist } = options;
  const connection = await openConnection(path, mustExist);
  try {
    if (cache !== undefined) keepInMemory(connection.client, cache);
    const store = new SqliteStore(connection, { clock, rules, logger });
    const stopWatching = watchFile(path, { changed: (trouble) => store.fileLost(trouble) });
    const open = path === IN_MEMORY ? undefined : openToOthers(path);
    if (open !== undefined)
      logger.warn(`${path} may be opened by other users of this machine (${open}): chmod 600 ${path}*`);
    void connection.damage.then((detail) => detail === undefined || store.damaged(detail));
    const { access } = store;
    return {
      store,
      audit: store.records,
      explanations: store.records,
      accounts: queued(new SqliteAccounts(connection), ACCOUNT_METHODS, access),
      webhooks: queued(new SqliteWebhooks(connection, store.signingKey), WEBHOOK_METHODS, access),
      cursorKeys: queued(new SqliteCursorKeys(connection), CURSOR_KEY_METHODS, access),
      watchKeys: queued(new SqliteWatchKeys(connection), WATCH_KEY_METHODS, access),
      // The file belongs to one process.
      oneAtATime: (work) => work(),
      walBytes: () => store.walBytes,
      async close() {
        stopWatching();
        await store.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
