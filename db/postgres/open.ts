/** The port on PostgreSQL, from a URL. Loaded only where the URL names PostgreSQL. */

import { noLogger } from '../../server/telemetry/logger.ts';
import { SERVER } from '../../server/version.ts';
import type { Database, OpenOptions } from '../database.ts';
import { channelOfCommits } from './commit/follow-commits.ts';
import { oneAtATime } from './connection/exclusive.ts';
import { openServer } from './connection/open.ts';
import { factsOf } from './nodes/facts.ts';
import { judged } from './nodes/judge.ts';
import { PostgresLink } from './nodes/link.ts';
import { PostgresStore } from './store.ts';
import { PostgresAccounts } from './tables/accounts/accounts.ts';
import { PostgresCursorKeys } from './tables/cursor-keys.ts';
import { PostgresTickets } from './tables/tickets.ts';
import { Touching } from './tables/touching.ts';
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
  const { address, node: id, name, reads } = server;
  const channel = channelOfCommits(address);
  const touching = new Touching({ reads, node: id, clock, channel, committed: () => store.lookForCommits() });
  const node = {
    link: new PostgresLink({ address, id, name }),
    tickets: new PostgresTickets(reads),
    tail: () => store.tail(),
    report: async () => judged(await factsOf(reads, clock)),
  };
  return {
    store,
    ...(asNode === undefined ? {} : { node }),
    audit: store.records,
    explanations: store.records,
    accounts: new PostgresAccounts(server.reads, touching),
    webhooks: new PostgresWebhooks(server.reads, store.signingKey, touching),
    cursorKeys: new PostgresCursorKeys(server.reads, touching),
    watchKeys: new PostgresWatchKeys(server.reads, touching),
    oneAtATime: (work) => oneAtATime(reads, address, work),
    close: () => store.close(),
  };
}
