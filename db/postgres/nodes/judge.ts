/** What is wrong with how PostgreSQL is set up, each with its value and the fix. Pure. */
import type { DatabaseRemark, DatabaseReport } from '../../../server/ports/database-report.ts';
import type { ServerFacts } from './facts.ts';

/** Connections that one node opens at most. */
export const CONNECTIONS_PER_NODE = 12;
const CLOCKS_APART_MS = 2_000;
const QUEUE_FULL = 0.1;
const DEAD_HEAD_ROWS = 20_000;
const PREPARED_S = 600;
const SLOT_BYTES = 2 ** 30;

/** Says something where it does not hold. */
type Rule = (facts: ServerFacts) => string | undefined | false;

const WRONG: readonly Rule[] = [
  ({ fsync }) =>
    fsync === 'off' &&
    'fsync is off: a crash of its machine loses or damages what was acknowledged; ALTER SYSTEM SET fsync = on, and reload',
  ({ fullPageWrites }) =>
    fullPageWrites === 'off' &&
    'full_page_writes is off: a crash of its machine may damage pages; ALTER SYSTEM SET full_page_writes = on, and reload',
  ({ autovacuum }) =>
    autovacuum === 'off' &&
    'autovacuum is off: every commit leaves a dead version of the head row, and commits slow down; ALTER SYSTEM SET autovacuum = on, and reload',
  ({ synchronousStandbyNames, standbys }) =>
    synchronousStandbyNames !== '' &&
    standbys === 0 &&
    `synchronous_standby_names is "${synchronousStandbyNames}", and no standby is connected: every commit waits for one; start it, or empty the setting while it is away`,
  ({ notificationQueue }) =>
    notificationQueue > QUEUE_FULL &&
    `its queue of notifications is ${Math.round(notificationQueue * 100)} % full: a session that listens does not read; end it (pg_stat_activity; its state is "idle in transaction")`,
  ({ maxConnections, reserved, connections }) =>
    maxConnections - reserved - connections < CONNECTIONS_PER_NODE &&
    `${connections} of its ${maxConnections - reserved} connections are taken, and a node that starts needs ${CONNECTIONS_PER_NODE}: raise max_connections, or end those of other programs`,
  ({ slot, slotBytes }) =>
    slot !== null &&
    slotBytes > SLOT_BYTES &&
    `the replication slot "${slot}" keeps ${(slotBytes / 2 ** 30).toFixed(1)} GiB of WAL for a follower that is away, and its disk fills: bring it back, or pg_drop_replication_slot('${slot}')`,
];

const NOTES: readonly Rule[] = [
  ({ synchronousStandbyNames, standbys }) =>
    synchronousStandbyNames === '' &&
    standbys > 0 &&
    `${standbys === 1 ? 'a standby follows' : `${standbys} standbys follow`} asynchronously, so a failover may lose the last commits: name them in synchronous_standby_names (clients are reset at a failover either way)`,
  ({ standbys, synchronousStandbyNames }) =>
    standbys === 0 &&
    synchronousStandbyNames === '' &&
    'no standby follows it: when its machine dies, everything stops until it is back',
  ({ isSuperuser, user }) =>
    isSuperuser &&
    `hostbeat connects as the superuser "${user}": give it a role of its own that owns its database (docs/postgres.md)`,
  ({ deadHeadRows }) =>
    deadHeadRows > DEAD_HEAD_ROWS &&
    `${deadHeadRows} dead versions of the head row cannot be removed: a long transaction or a prepared one is open; end it (pg_stat_activity, pg_prepared_xacts)`,
  ({ preparedFor }) =>
    preparedFor > PREPARED_S &&
    `a transaction was prepared ${Math.round(preparedFor / 60)} minutes ago and is still open: COMMIT or ROLLBACK PREPARED (pg_prepared_xacts)`,
  ({ isEncrypted, from }) =>
    !isEncrypted &&
    from !== null &&
    !isLoopback(from) &&
    `the connection from ${from} is not encrypted: add sslmode=verify-full to HOSTBEAT_DATABASE_URL`,
  ({ clockAhead }) =>
    Math.abs(clockAhead) > CLOCKS_APART_MS &&
    `its clock is ${(Math.abs(clockAhead) / 1_000).toFixed(0)} s ${clockAhead > 0 ? 'ahead of' : 'behind'} the clock of this node: nothing is decided by it, but times shown will confuse; check NTP on both`,
];

export function judged(facts: ServerFacts): DatabaseReport {
  const said = (verdict: DatabaseRemark['verdict'], rules: readonly Rule[]) =>
    rules.flatMap((rule): DatabaseRemark[] => {
      const words = rule(facts);
      return words === undefined || words === false ? [] : [{ verdict, words }];
    });
  return {
    version: `PostgreSQL ${facts.version.split(' ')[0]}`,
    remarks: [...said('wrong', WRONG), ...said('note', NOTES)],
  };
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
