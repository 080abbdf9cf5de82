/** Brings the schema to this version, all in one transaction; of two who begin together one waits for the other. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from '../../drizzle.ts';
import { DatabaseRefused } from '../../refused.ts';
import { getTableConfig } from '../drizzle.ts';
import * as compute from '../schema/compute.ts';
import * as rehearsals from '../schema/drills.ts';
import * as explained from '../schema/explanations.ts';
import * as identity from '../schema/identity.ts';
import * as log from '../schema/log.ts';
import * as nodes from '../schema/nodes.ts';
import * as keys from '../schema/watch-keys.ts';
import * as hooks from '../schema/webhooks.ts';
import { type Address, nameOf } from './address.ts';
import { type Client, sqlState } from './driver.ts';

const DIALECT = 'postgres';
const FOLDER = fileURLToPath(new URL(`../../../migrations/${DIALECT}`, import.meta.url));

/** Where it is noted what was applied. */
const NOTES = 'migrations';

/** Every table of ours. */
export const TABLES = Object.values({
  ...compute,
  ...log,
  ...nodes,
  ...identity,
  ...keys,
  ...hooks,
  ...rehearsals,
  ...explained,
}).map((table) => getTableConfig(table).name);

/** @throws DatabaseRefused */
export async function migratePostgres(client: Client, address: Address, hasSchema: boolean): Promise<void> {
  const { schema } = address;
  const refuse = (reason: DatabaseRefused['reason'], message: string): never => {
    throw new DatabaseRefused(reason, `${nameOf(address)}, schema "${schema}": ${message}`);
  };
  const known = readMigrationFiles({ migrationsFolder: FOLDER });
  const names = migrationNames();
  try {
    await client.query('BEGIN');
    // The one statement that may wait longer than others: for another node that migrates.
    await client.query(`SET LOCAL lock_timeout = '30s'`);
    await client.query({
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`hostbeat migrations ${schema}`],
    });
    if (!hasSchema) await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    const present = new Set(await tablesIn(client));
    if (!present.has(NOTES) && present.size > 0)
      refuse(
        'foreign',
        'there are tables of another program: name another schema in HOSTBEAT_DATABASE_URL (?schema=NAME)',
      );
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${NOTES} (n integer PRIMARY KEY, hash text NOT NULL, name text NOT NULL)`,
    );
    const applied: string[] = (await client.query(`SELECT hash FROM ${NOTES} ORDER BY n`)).rows.map(
      ({ hash }) => hash,
    );
    const hashes = known.map(({ hash }) => hash);
    if (applied.some((hash) => !hashes.includes(hash)))
      refuse(
        'newer',
        'it was written by a newer hostbeat than this one: run that version, or restore a backup made by this one',
      );
    if (applied.some((hash, n) => hash !== hashes[n]))
      refuse('damaged', 'it is migrated in part only, which hostbeat never leaves behind: restore a backup');
    for (const [n, { sql, hash }] of known.entries()) {
      if (n < applied.length) continue;
      for (const statement of sql) if (statement.trim() !== '') await client.query(statement);
      await client.query({ text: `INSERT INTO ${NOTES} VALUES ($1, $2, $3)`, values: [n, hash, names[n]] });
    }
    const now = new Set(await tablesIn(client));
    const missing = TABLES.filter((name) => !now.has(name));
    if (missing.length > 0)
      refuse(
        'damaged',
        `it lacks ${missing.join(', ')}, which its notes say it has: it is migrated or restored in part only; restore a backup`,
      );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (sqlState(error) === '42501')
      refuse(
        'forbidden',
        `user "${address.user}" lacks a right (${(error as Error).message}): ALTER SCHEMA "${schema}" OWNER TO "${address.user}", and its tables`,
      );
    throw error;
  }
}

async function tablesIn(client: Client): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p')`,
  );
  return rows.map(({ relname }) => relname);
}

function migrationNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}
