/** From an address to a connection: to the first of its hosts that is a primary, with the settings we need. */
import { DatabaseRefused } from '../../refused.ts';
import { type DatabaseAddress, type Host, nameOf } from './address.ts';
import { type Client, connectTo, letGo, type Pool, poolOf, sqlState } from './driver.ts';

export type Role = 'writer' | 'reader' | 'tail' | 'check' | 'digests' | 'lease' | 'listener';

/** Reports need not survive a crash: no commit waits for a disk because of them. */
const UNFLUSHED: readonly Role[] = ['digests'];

/**
 * Sent after connecting and not as start parameters, which a pooler would refuse before we could explain the problem.
 * A writer that is paused holds the lock of all writers for two seconds at most; the server notices a lost client
 * within some seconds, and releases its locks.
 */
export function settingsOf(role: Role, { schema }: Pick<DatabaseAddress, 'schema'>): string {
  const settings = {
    search_path: `"${schema}"`,
    application_name: `'hostbeat/${schema}/${role}'`,
    client_min_messages: 'warning',
    jit: 'off',
    tcp_keepalives_idle: 5,
    tcp_keepalives_interval: 2,
    tcp_keepalives_count: 3,
    client_connection_check_interval: 1_000,
    synchronous_commit: UNFLUSHED.includes(role) ? 'off' : 'on',
    lock_timeout: 3_000,
    idle_in_transaction_session_timeout: role === 'writer' ? 2_000 : 30_000,
    // A commit must never be cancelled while it waits for a standby: it would be visible and might be lost.
    statement_timeout: role === 'writer' ? 0 : 30_000,
    // What the server or the role may have set otherwise, and we count on.
    idle_session_timeout: 0,
    default_transaction_isolation: `'read committed'`,
    default_transaction_deferrable: 'off',
  };
  const set = Object.entries(settings).map(([name, value]) => `SET ${name} = ${value};`);
  // PostgreSQL 17 and newer.
  const untimed = `SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('transaction_timeout', true) IS NOT NULL;`;
  return [...set, untimed].join(' ');
}

export interface FoundPrimary {
  readonly host: Host;
  readonly client: Client;
}

/**
 * Tries the hosts in order and keeps the first writable one. Standbys are skipped.
 * @throws DatabaseRefused
 */
export async function connectPrimary(address: DatabaseAddress, role: Role): Promise<FoundPrimary> {
  const problems: unknown[] = [];
  for (const host of address.hosts) {
    let client: Client | undefined;
    try {
      client = await connectTo(address, host, async (fresh) => {
        // First of all: other servers do not even know the settings.
        const { rows } = await inTime(() => fresh.query('SELECT version() AS version'));
        refuseOthers(rows[0].version);
        await putSettings(fresh, role, address);
      });
      const { rows } = await client.query('SELECT pg_is_in_recovery() AS standby');
      if (rows[0].standby !== true) return { host, client };
      problems.push(
        new DatabaseRefused(
          'unreachable',
          `${host.host}:${host.port} is a standby, which is read-only: name the primary, or all servers separated by commas`,
        ),
      );
      letGo(client);
    } catch (error) {
      if (client !== undefined) letGo(client);
      problems.push(error);
    }
  }
  throw refusedBy(problems, address);
}

const OLDEST = 15;

/**
 * These speak PostgreSQL's protocol, and each lacks something that hostbeat needs; recognised by their answer to
 * version().
 */
const OTHERS = ['CockroachDB', 'YugabyteDB', 'YB-', 'Redshift', 'Greenplum', 'Materialize', 'CrateDB'];

function refuseOthers(version: string): void {
  const other = OTHERS.find((name) => version.includes(name))?.replace(/^YB-$/, 'YugabyteDB');
  const major = Number(/^PostgreSQL (\d+)/.exec(version)?.[1] ?? 0);
  const use = `use PostgreSQL ${OLDEST} or newer`;
  if (other !== undefined || major === 0)
    throw new DatabaseRefused(
      'unsupported',
      `${other ?? `"${version.slice(0, 40)}"`} is not supported: ${use}`,
    );
  if (major < OLDEST) throw new DatabaseRefused('unsupported', `PostgreSQL ${major} is too old: ${use}`);
}

export function openPool(address: DatabaseAddress, host: Host, max: number): Pool {
  return poolOf(address, host, max, (client) => putSettings(client, 'reader', address));
}

async function putSettings(client: Client, role: Role, address: DatabaseAddress): Promise<void> {
  await inTime(() => client.query('SET statement_timeout = 0'));
  // A time-out that ended in that moment cancels what comes next.
  await inTime(() => client.query(settingsOf(role, address)));
}

const CANCELLED = '57014';
const TRIES = 100;

/** Repeats what a time-out of the role cancels: until ours is set, a millisecond may be all that it allows. */
async function inTime<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send();
    } catch (error) {
      if (sqlState(error) !== CANCELLED || tries === TRIES) throw error;
    }
  }
}

/** The first problem that a server reported decides; without one, the first problem of all. */
export function refusedBy(problems: readonly unknown[], address: DatabaseAddress): DatabaseRefused {
  const place = nameOf(address);
  const error =
    problems.find((each) => each instanceof DatabaseRefused && each.reason !== 'unreachable') ??
    problems.find((each) => sqlState(each) !== undefined) ??
    problems[0];
  if (error instanceof DatabaseRefused)
    return new DatabaseRefused(error.reason, `${place}: ${error.message}`);
  const { message } = error as Error;
  const [reason, fix] = fixFor(error, address);
  return new DatabaseRefused(reason, `${place}: ${message.replace(/\s+/g, ' ')}. ${fix}`, { cause: error });
}

type Fix = readonly [DatabaseRefused['reason'], string];

function fixFor(error: unknown, { user, database, schema, sslMode }: DatabaseAddress): Fix {
  const state = sqlState(error);
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (state === '28P01' || /SASL|password/i.test(message))
    return [
      'forbidden',
      `Correct the password of user "${user}" in HOSTBEAT_DATABASE_URL, in its passwordfile, or in PGPASSWORD.`,
    ];
  if (state?.startsWith('28'))
    return ['forbidden', `Let user "${user}" in from this machine in pg_hba.conf, or name another user.`];
  if (state === '3D000') return ['unreachable', `Make it: CREATE DATABASE "${database}" OWNER "${user}".`];
  if (state === '42501' && !message.includes('database'))
    return [
      'forbidden',
      `Give user "${user}" the tables of schema "${schema}": ALTER TABLE … OWNER TO "${user}".`,
    ];
  if (state === '42501')
    return ['forbidden', `Grant it: GRANT CONNECT ON DATABASE "${database}" TO "${user}".`];
  if (state === '55P03')
    return [
      'unreachable',
      'Another session has locked the tables: end its transaction (pg_stat_activity names it).',
    ];
  if (state === '53100') return ['unreachable', 'The disk of PostgreSQL is full: free space there.'];
  if (state === '53300') return ['unreachable', 'Raise max_connections there, or end other connections.'];
  if (state === '08P01' || state === '42704' || state === '26000')
    return ['unsupported', 'A pooler seems to be in between: give the direct address of PostgreSQL.'];
  if (/SSL|TLS|certificate|altnames/i.test(`${message} ${code}`))
    return [
      'unreachable',
      `HOSTBEAT_DATABASE_URL asks for sslmode=${sslMode}: name its certificates with sslrootcert=FILE, or another sslmode.`,
    ];
  return ['unreachable', 'Start PostgreSQL there, or correct the address in HOSTBEAT_DATABASE_URL.'];
}
