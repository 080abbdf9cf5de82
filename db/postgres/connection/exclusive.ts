/**
 * Nodes share a database; an offline command uses it alone. The lock belongs to the session: it ends with the process,
 * also by kill -9. The fence in the head row protects where the lock cannot: a process that lost its session while it
 * was paused finds another number there, in the first statement of its next transaction.
 */
import { DatabaseRefused } from '../../refused.ts';
import { type DatabaseAddress, nameOf } from './address.ts';
import type { Client, Queryable } from './driver.ts';
import type { Reads } from './reads.ts';

const KEY = 'hostbeat writer';
/** Held by every process that has looked at the tables and works on them as they are. */
const TABLES_KEY = 'hostbeat tables';

const HOLDERS = `SELECT count(*)::int AS holders FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = hashtext($1)::oid AND objid = hashtext($2)::oid`;

/** Beside other nodes. @throws DatabaseRefused `locked` where a process uses the database alone */
export async function shareLock(client: Client, address: DatabaseAddress): Promise<void> {
  if (await tried(client, address, '_shared')) return;
  throw taken(address, await holderOf(client, address), 'it uses the database alone');
}

/**
 * Nodes that start together on an empty database wait for one another. The lock ends with its transaction: a node that
 * is killed in it leaves nothing behind for the next one to wait for.
 */
export function oneAtATime<T>(
  reads: Pick<Reads, 'transaction'>,
  { schema }: DatabaseAddress,
  work: () => Promise<T>,
): Promise<T> {
  return reads.transaction(async (asked) => {
    await asked.query({ text: `SET LOCAL lock_timeout = '30s'` });
    await asked.query({
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`hostbeat first start ${schema}`],
    });
    return work();
  });
}

/** Until this session ends, no other process changes the tables in a way that this one does not know. */
export async function relyOnTables(client: Client, { schema }: DatabaseAddress): Promise<void> {
  await client.query({
    text: 'SELECT pg_advisory_lock_shared(hashtext($1), hashtext($2))',
    values: [TABLES_KEY, schema],
  });
}

/** Whether no other session has the lock. */
export async function isOnlyNode(asked: Queryable, { schema }: DatabaseAddress): Promise<boolean> {
  const { rows } = await asked.query({ text: HOLDERS, values: [KEY, schema] });
  return rows[0]?.holders <= 1;
}

/** How many other processes work on the tables as they are. */
export async function othersOnTables(client: Client, { schema }: DatabaseAddress): Promise<number> {
  const { rows } = await client.query({
    text: `${HOLDERS} AND pid <> pg_backend_pid()`,
    values: [TABLES_KEY, schema],
  });
  return rows[0].holders;
}

/** @throws DatabaseRefused `locked`, naming the holder */
export async function takeLock(client: Client, address: DatabaseAddress, former?: number): Promise<void> {
  if (await tried(client, address)) return;
  const holder = await holderOf(client, address);
  // A session of our own whose end the server has not yet noticed.
  if (former !== undefined && holder?.pid === former) {
    await client.query({ text: 'SELECT pg_terminate_backend($1, 2000)', values: [former] });
    if (await tried(client, address)) return;
  }
  throw taken(address, holder, 'this command needs it for itself');
}

function taken(address: DatabaseAddress, holder: Holder | undefined, why: string): DatabaseRefused {
  const who =
    holder === undefined ? '' : ` (session ${holder.pid}, from ${holder.origin}, since ${holder.since})`;
  return new DatabaseRefused(
    'locked',
    `${nameOf(address)} is in use by another hostbeat${who}, and ${why}: stop that one first, or name another schema or database`,
  );
}

interface Holder {
  readonly pid: number;
  readonly origin: string;
  readonly since: string;
}

/** Forbids further writes to the process that had the lock before. @returns our own fence */
export async function raiseFence(client: Client): Promise<number> {
  const { rows } = await client.query('UPDATE head SET fence = fence + 1 RETURNING fence');
  return rows[0].fence;
}

async function tried(
  client: Client,
  { schema }: DatabaseAddress,
  mode: '' | '_shared' = '',
): Promise<boolean> {
  const { rows } = await client.query({
    text: `SELECT pg_try_advisory_lock${mode}(hashtext($1), hashtext($2)) AS taken`,
    values: [KEY, schema],
  });
  return rows[0].taken;
}

async function holderOf(client: Client, { schema }: DatabaseAddress) {
  const { rows } = await client.query({
    text: `SELECT a.pid, coalesce(host(a.client_addr), 'this machine') AS origin,
        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC' AS since
      FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid = hashtext($1)::oid AND l.objid = hashtext($2)::oid`,
    values: [KEY, schema],
  });
  return rows[0] as Holder | undefined;
}
