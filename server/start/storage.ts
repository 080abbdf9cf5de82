import { type Database, openDatabase } from '../../db/open.ts';
import { gauge } from '../telemetry/metrics.ts';
import { noTracing } from '../telemetry/tracing.ts';
import { watchCommits } from '../telemetry/watched-store.ts';
import type { Core } from './core.ts';

/** Opens the stores, each as its port. */
export type Storage = Pick<
  Database,
  | 'store'
  | 'accounts'
  | 'audit'
  | 'explanations'
  | 'webhooks'
  | 'watchKeys'
  | 'cursorKeys'
  | 'node'
  | 'oneAtATime'
>;

/** Opens the database of the settings; its commits are timed and traced. @throws DatabaseRefused */
export async function openStorage(core: Core): Promise<Storage> {
  const { config, clock, rules, logger, events, metrics, tracing = noTracing, closing } = core;
  const database = await openDatabase(config.databaseUrl, {
    clock,
    rules,
    logger,
    cache: config.databaseCache,
    asNode: {},
  });
  closing.add(() => database.close());
  const { walBytes } = database;
  if (walBytes !== undefined)
    gauge(
      metrics,
      'database_wal_bytes',
      'Size of the write-ahead log. It grows while another program keeps a read transaction open.',
      walBytes,
    );
  const store = watchCommits(database.store, {
    tracing,
    now: () => clock.monotonic(),
    took: (seconds) => events.commitTook(seconds),
  });
  const { accounts, audit, explanations, webhooks, watchKeys, cursorKeys, node, oneAtATime } = database;
  const kept = { store, accounts, audit, explanations, webhooks, watchKeys, cursorKeys, oneAtATime };
  return node === undefined ? kept : { ...kept, node };
}
