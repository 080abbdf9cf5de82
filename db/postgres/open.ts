/** The port on PostgreSQL, from a URL. Loaded only where one is named. */

import { noLogger } from '../../server/telemetry/logger.ts';
import { SERVER } from '../../server/version.ts';
import type { Database, OpenOptions } from '../database.ts';
import { openServer } from './connection/open.ts';
import { PostgresLink } from './nodes/link.ts';
import { PostgresStore } from './store.ts';
import { PostgresAccounts } from './tables/accounts.ts';
import { PostgresWatchKeys } from './tables/watch-keys.ts';
import { PostgresWebhooks } from './tables/webhooks.ts';

/** @throws DatabaseRefused */
export async function openPostgres(
  url: string,
  { clock, rules, logger = noLogger, mustExist, asNode }: OpenOptions,
): Promise<Database> {
  const { version } = SERVER;
  const server = await openServer(url, {
    now: clock.now(),
    logger,
    version,
    mustExist: mustExist ?? false,
    shared: asNode !== undefined,
    name: asNode?.name,
  });
  const store = new PostgresStore(server, { clock, rules, logger });
  const { address, node: id, name } = server;
  const node = { link: new PostgresLink({ address, id, name }), tail: () => store.tail() };
  return {
    store,
    ...(asNode === undefined ? {} : { node }),
    audit: store,
    explanations: store,
    accounts: new PostgresAccounts(server.reads),
    webhooks: new PostgresWebhooks(server.reads, store.signingKey),
    watchKeys: new PostgresWatchKeys(server.reads),
    close: () => store.close(),
  };
}
