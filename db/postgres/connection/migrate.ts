/**
 * Brings the schema to this version, all in one transaction; of two nodes that begin together one waits for the other.
 * Nodes of another version may run beside: an additive migration is applied under them, any other waits until they stopped.
 */
import { DatabaseRefused } from '../../refused.ts';
import { type DatabaseAddress, nameOf } from './address.ts';
import { type Client, sqlState } from './driver.ts';
import { othersOnTables, relyOnTables } from './exclusive.ts';
import { type Migration, ownMigrations, TABLES } from './migrations.ts';

/** The table that records the applied migrations. */
const NOTES = 'migrations';

type Refuse = (reason: DatabaseRefused['reason'], message: string) => never;

interface Note {
  readonly hash: string;
  readonly name: string;
  readonly additive: boolean;
}

/** @throws DatabaseRefused */
export async function migratePostgres(
  client: Client,
  address: DatabaseAddress,
  hasSchema: boolean,
  migrations: readonly Migration[] = ownMigrations(),
): Promise<void> {
  const { schema } = address;
  const refuse: Refuse = (reason, message) => {
    throw new DatabaseRefused(reason, `${nameOf(address)}, schema "${schema}": ${message}`);
  };
  try {
    await client.query('BEGIN');
    // The one statement that may wait longer than others: for another node that migrates.
    await client.query(`SET LOCAL lock_timeout = '30s'`);
    await client.query({
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`hostbeat migrations ${schema}`],
    });
    await client.query(`SET LOCAL lock_timeout = '3s'`);
    if (!hasSchema) await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    const notes = await notesIn(client, refuse);
    const pending = missing(migrations, notes, refuse);
    if (pending.some(({ isAdditive }) => !isAdditive) && notes.length > 0)
      await refuseBesideOthers(client, address, pending, refuse);
    for (const [n, migration] of pending.entries()) await apply(client, notes.length + n, migration);
    await refuseTorn(client, refuse);
    await relyOnTables(client, address);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (sqlState(error) === '42501')
      refuse(
        'forbidden',
        `user "${address.user}" lacks a right (${(error as Error).message}): ALTER SCHEMA "${schema}" OWNER TO "${address.user}", and its tables`,
      );
    if (sqlState(error) === '55P03')
      refuse(
        'unreachable',
        'another session has a lock on its tables, so they cannot be migrated: end its transaction (pg_stat_activity names it), then start again',
      );
    throw error;
  }
}

async function notesIn(client: Client, refuse: Refuse): Promise<readonly Note[]> {
  const present = new Set(await tablesIn(client));
  if (!present.has(NOTES) && present.size > 0)
    refuse(
      'foreign',
      'there are tables of another program: name another schema in HOSTBEAT_DATABASE_URL (?schema=NAME)',
    );
  const hasAdditive = await client.query({
    text: `SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = 'additive'`,
    values: [NOTES],
  });
  if (hasAdditive.rowCount === 0) {
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${NOTES} (n integer PRIMARY KEY, hash text NOT NULL, name text NOT NULL)`,
    );
    await client.query(`ALTER TABLE ${NOTES} ADD COLUMN additive boolean NOT NULL DEFAULT false`);
  }
  return (await client.query(`SELECT hash, name, additive FROM ${NOTES} ORDER BY n`)).rows;
}

/** @returns what this program knows and the database lacks; what the database has beyond this program must be additive */
function missing(
  migrations: readonly Migration[],
  notes: readonly Note[],
  refuse: Refuse,
): readonly Migration[] {
  const known = notes.slice(0, migrations.length);
  const newer = notes.slice(migrations.length);
  const hashes = new Set(migrations.map(({ hash }) => hash));
  const unknown = known.find(({ hash }) => !hashes.has(hash)) ?? newer.find(({ additive }) => !additive);
  if (unknown !== undefined)
    refuse(
      'newer',
      `it was written by a newer hostbeat than this one (${unknown.name}): run that version, or restore a backup made by this one`,
    );
  if (known.some(({ hash }, n) => hash !== migrations[n]?.hash))
    refuse('damaged', 'it is migrated in part only, which hostbeat never leaves behind: restore a backup');
  return migrations.slice(notes.length);
}

async function refuseBesideOthers(
  client: Client,
  address: DatabaseAddress,
  pending: readonly Migration[],
  refuse: Refuse,
): Promise<void> {
  const nodes = await othersOnTables(client, address);
  const names = pending.filter(({ isAdditive }) => !isAdditive).map(({ name }) => name.replace('.sql', ''));
  if (nodes > 0)
    refuse(
      'locked',
      `${nodes === 1 ? 'a node' : `${nodes} nodes`} of an older version would not understand what this version changes (${names.join(', ')}): stop every older node, then start this one`,
    );
}

async function apply(client: Client, n: number, { sql, hash, name, isAdditive }: Migration): Promise<void> {
  for (const statement of sql) if (statement.trim() !== '') await client.query(statement);
  await client.query({
    text: `INSERT INTO ${NOTES} (n, hash, name, additive) VALUES ($1, $2, $3, $4)`,
    values: [n, hash, name, isAdditive],
  });
}

async function refuseTorn(client: Client, refuse: Refuse): Promise<void> {
  const present = new Set(await tablesIn(client));
  const lacking = TABLES.filter((name) => !present.has(name));
  if (lacking.length > 0)
    refuse(
      'damaged',
      `it lacks ${lacking.join(', ')}, which its notes say it has: it is migrated or restored in part only; restore a backup`,
    );
}

async function tablesIn(client: Client): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p')`,
  );
  return rows.map(({ relname }) => relname);
}
