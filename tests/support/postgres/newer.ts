/** A newer hostbeat than this one, as the tables of a database know it: by a migration that this one does not have. */
import { postgresAddress } from '../../../db/postgres/connection/address.ts';
import { letGo } from '../../../db/postgres/connection/driver.ts';
import { migratePostgres } from '../../../db/postgres/connection/migrate.ts';
import { type Migration, ownMigrations } from '../../../db/postgres/connection/migrations.ts';
import { connectPrimary } from '../../../db/postgres/connection/session.ts';

/** Older programs can work beside it. */
export const addition: Migration = {
  name: '9000_addition.sql',
  hash: 'addition',
  sql: ['ALTER TABLE services ADD COLUMN of_the_future text', 'CREATE TABLE of_the_future (id bigint)'],
  isAdditive: true,
};

/** Older programs would write rows that the newer one cannot use. */
export const change: Migration = {
  name: '9001_change.sql',
  hash: 'change',
  sql: ['ALTER TABLE services ADD COLUMN needed text'],
  isAdditive: false,
};

/** Starts a newer version up to its migrations. @throws DatabaseRefused */
export async function migratedByNewer(url: string, ...more: readonly Migration[]): Promise<void> {
  const address = postgresAddress(url);
  const { client } = await connectPrimary(address, 'check');
  try {
    await migratePostgres(client, address, true, [...ownMigrations(), ...more]);
  } finally {
    letGo(client);
  }
}
