/** The port on PostgreSQL, from a URL. Loaded only where one is named. */

import { noLogger } from '../../server/telemetry/logger.ts';
import { SERVER } from '../../server/version.ts';
import type { Database, OpenOptions } from '../database.ts';
import { openServer } from './connection/open.ts';
import { PostgresStore } from './store.ts';
import { PostgresAccounts } from './tables/accounts.ts';
import { PostgresWatchKeys } from './tables/watch-keys.ts';
import { PostgresWebhooks } from './tables/webhooks.ts';

/**
 * @param shared others may write beside us
 * @throws DatabaseRefused
 */
export async function openPostgres(
  url: string,
  { clock, rules, logger = noLogger, mustExist }: OpenOptions,
  shared = false,
): Promise<Database> {
  const { version } = SERVER;
  const server = await openServer(url, {
    now: clock.now(),
    logger,
    version,
    mustExist: mustExist ?? false,
    shared,
  });
  const store = new PostgresStore(server, { clock, rules, logger });
  return {
    store,
    audit: store,
    explanations: store,
    accounts: new PostgresAccounts(server.reads),
    webhooks: new PostgresWebhooks(server.reads, store.signingKey),
    watchKeys: new PostgresWatchKeys(server.reads),
    close: () => store.close(),
  };
}
