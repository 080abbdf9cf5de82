/** From a database URL to the port. The only door into this folder. */
import type { Clock } from '../server/domain/clock.ts';
import type { Rules } from '../server/domain/decision.ts';
import type { Accounts } from '../server/identity/accounts.ts';
import type { Store } from '../server/store.ts';
import { type Logger, noLogger } from '../server/telemetry/logger.ts';
import { DatabaseRefused } from './refused.ts';
import { SqliteAccounts } from './sqlite/accounts.ts';
import { openConnection } from './sqlite/open.ts';
import { SqliteStore } from './sqlite/store.ts';

export interface OpenOptions {
  readonly clock: Clock;
  readonly rules: Rules;
  readonly logger?: Logger;
}

export interface Database {
  readonly store: Store;
  readonly accounts: Accounts;
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

function openSqlite(path: string, { clock, rules, logger = noLogger }: OpenOptions): Database {
  const connection = openConnection(path);
  try {
    const store = new SqliteStore(connection, { clock, rules, logger });
    return {
      store,
      accounts: new SqliteAccounts(connection),
      async close() {
        await store.close();
        connection.close();
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** The message names the scheme and never the whole URL, which may carry a password. */
function sqlitePath(url: string): string {
  const [scheme, path] = split(url);
  if (scheme === 'sqlite' && path !== '') return path;
  const given = scheme === 'sqlite' ? 'a URL without a path' : `"${scheme}:"`;
  throw new DatabaseRefused(
    'unsupported',
    `HOSTBEAT_DATABASE_URL: ${given} is not supported here; write sqlite:PATH, for example sqlite:/var/lib/hostbeat/hostbeat.db`,
  );
}

/** `sqlite:a.db`, `sqlite:/var/a.db` and the habit of others, `sqlite:///var/a.db`. */
function split(url: string): [scheme: string, path: string] {
  const colon = url.indexOf(':');
  if (colon < 1) return ['', url];
  return [url.slice(0, colon).toLowerCase(), url.slice(colon + 1).replace(/^\/\/(?=\/)/, '')];
}
