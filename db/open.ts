/** From a database URL to the port. The only door into this folder. */
import type { AuditLog } from '../server/audit/audit.ts';
import type { Clock } from '../server/domain/clock.ts';
import type { Rules } from '../server/domain/decision.ts';
import type { Accounts } from '../server/identity/accounts.ts';
import type { Store } from '../server/store.ts';
import { type Logger, noLogger } from '../server/telemetry/logger.ts';
import type { WebhookStore } from '../server/webhooks/webhook-store.ts';
import { guarded } from './sqlite/commit/guarded.ts';
import { IN_MEMORY, keepInMemory } from './sqlite/file/connection.ts';
import { watchFile } from './sqlite/file/file-watch.ts';
import { openConnection } from './sqlite/file/open.ts';
import { openToOthers } from './sqlite/file/private-file.ts';
import { SqliteStore } from './sqlite/store.ts';
import { SqliteAccounts } from './sqlite/tables/accounts.ts';
import { SqliteWebhooks } from './sqlite/tables/webhooks.ts';
import { sqlitePath } from './url.ts';

export interface OpenOptions {
  readonly clock: Clock;
  readonly rules: Rules;
  readonly logger?: Logger;
  /** Bytes of it that may be kept in memory. */
  readonly cache?: number;
  /** Refuses to begin a new one: for whoever only asks, and may have misspelt its name. */
  readonly mustExist?: boolean;
}

export interface Database {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly audit: AuditLog;
  readonly webhooks: WebhookStore;
  /** Bytes of the write-ahead log, as last measured, where there is one. */
  walBytes?(): number;
  /** Commits what waits, then lets go of the database. */
  close(): Promise<void>;
}

/**
 * @param url `sqlite:PATH`, or `sqlite::memory:` for one that lives as long as the process
 * @throws DatabaseRefused saying why the database was left alone, and what to do
 */
export async function openDatabase(url: string, options: OpenOptions): Promise<Database> {
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
    return {
      store,
      audit: store,
      accounts: guarded(new SqliteAccounts(connection), (error) => store.failed(error)),
      webhooks: guarded(new SqliteWebhooks(connection, store.signingKey), (error) => store.failed(error)),
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
