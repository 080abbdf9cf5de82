/** How this PostgreSQL is set up and how it is, read with no more rights than every role has. */
import type { Clock, Duration } from '../../../server/domain/clock.ts';
import type { Reads } from '../connection/reads.ts';

export interface ServerFacts {
  readonly version: string;
  readonly user: string;
  readonly isSuperuser: boolean;
  /** As `SHOW` has it. */
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly autovacuum: string;
  readonly maxConnections: number;
  /** Of them, those that only administrators may use. */
  readonly reserved: number;
  /** Open now, by all programs. */
  readonly connections: number;
  readonly synchronousStandbyNames: string;
  /** Servers that follow this one. */
  readonly standbys: number;
  readonly notificationQueue: number;
  /** Versions of the head row that vacuum may not remove: a transaction elsewhere may still look at them. */
  readonly deadHeadRows: number;
  /** Seconds since the oldest transaction was prepared that neither was committed nor undone. */
  readonly preparedFor: number;
  /** The replication slot that keeps most of the log of PostgreSQL for a follower that is away. */
  readonly slot: string | null;
  readonly slotBytes: number;
  readonly isEncrypted: boolean;
  /** Null for a Unix socket. */
  readonly from: string | null;
  /** How far its clock is ahead of ours. */
  readonly clockAhead: Duration;
}

const FACTS = `SELECT current_setting('server_version') AS version, current_user AS user,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser",
    current_setting('fsync') AS fsync, current_setting('full_page_writes') AS "fullPageWrites",
    current_setting('autovacuum') AS autovacuum, current_setting('max_connections')::int AS "maxConnections",
    current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
    (SELECT count(*)::int FROM pg_stat_activity WHERE datid IS NOT NULL) AS connections,
    current_setting('synchronous_standby_names') AS "synchronousStandbyNames",
    (SELECT count(*)::int FROM pg_stat_replication) AS standbys,
    pg_notification_queue_usage() AS "notificationQueue",
    coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = to_regclass('head')), 0) AS "deadHeadRows",
    coalesce((SELECT extract(epoch FROM clock_timestamp() - min(prepared)) FROM pg_prepared_xacts), 0)::float8 AS "preparedFor",
    slot.slot_name AS slot, coalesce(slot.bytes, 0)::float8 AS "slotBytes",
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS "isEncrypted",
    host(inet_client_addr()) AS from, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now
  FROM (SELECT 1) AS one LEFT JOIN LATERAL (
    SELECT slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) AS bytes FROM pg_replication_slots
    WHERE NOT active AND restart_lsn IS NOT NULL ORDER BY bytes DESC LIMIT 1) AS slot ON true`;

export async function factsOf(
  reads: Pick<Reads, 'rows'>,
  clock: Pick<Clock, 'now' | 'monotonic'>,
): Promise<ServerFacts> {
  const asked = clock.monotonic();
  const [{ now, ...facts }] = (await reads.rows<ServerFacts & { now: number }>({ text: FACTS })) as [
    ServerFacts & { now: number },
  ];
  // It was read about half way.
  const clockAhead = now - (clock.now() - (clock.monotonic() - asked) / 2);
  return { ...facts, clockAhead };
}
