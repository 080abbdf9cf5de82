/** An empty database that this process alone uses, to be filled in one transaction. */
import { DatabaseRefused } from '../../refused.ts';
import { type DatabaseAddress, nameOf, postgresAddress } from './address.ts';
import { type Client, letGo, type Queryable } from './driver.ts';
import { isDatabases } from './errors.ts';
import { takeLock } from './exclusive.ts';
import { originOf } from './log-identity.ts';
import { migratePostgres } from './migrate.ts';
import { TABLES } from './migrations.ts';
import { examineServer, refusePooler } from './preflight.ts';
import { connectPrimary } from './session.ts';

export interface EmptyDatabase {
  /** Writes all that `work` writes, or nothing. */
  fill(work: (asked: Queryable) => Promise<void>): Promise<void>;
  /** The server's identity, as part of a log's epoch. */
  readonly origin: string;
  close(): Promise<void>;
}

/** @throws DatabaseRefused also `foreign` where something is in it */
export async function openEmpty(url: string): Promise<EmptyDatabase> {
  const address = postgresAddress(url);
  const { client } = await connectPrimary(address, 'check');
  const asked = client as unknown as Queryable;
  try {
    const { hasSchema } = await examineServer(client, address);
    await refusePooler(client, address);
    await takeLock(client, address);
    await migratePostgres(client, address, hasSchema);
    for (const table of TABLES) {
      if ((await client.query(`SELECT 1 FROM "${table}" LIMIT 1`)).rowCount === 0) continue;
      throw new DatabaseRefused(
        'foreign',
        `${nameOf(address)}: the schema "${address.schema}" is not empty (${table}): name another one (?schema=NAME), or, if nothing in it counts, DROP SCHEMA "${address.schema}" CASCADE`,
      );
    }
    const origin = address.lineage === 'stored' ? '' : await originOf(asked, address);
    return { origin, fill: (work) => filled(client, address, () => work(asked)), close: () => client.end() };
  } catch (error) {
    letGo(client);
    throw error;
  }
}

async function filled(client: Client, address: DatabaseAddress, work: () => Promise<void>): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
    await work();
    await client.query('COMMIT');
  } catch (error) {
    if (error instanceof DatabaseRefused || !isDatabases(error)) throw error;
    throw new DatabaseRefused(
      'unreachable',
      `${nameOf(address)} was lost while it was filled (${(error as Error).message}): nothing is in it; run it again`,
      { cause: error },
    );
  }
}
