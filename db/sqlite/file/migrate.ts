/** Applies `migrations/<dialect>`, and knows whether a database is of a newer hostbeat than this one. */
import { fileURLToPath } from 'node:url';
import { migrate, readMigrationFiles } from '../../drizzle.ts';
import type { SqliteConnection } from './connection.ts';

/** Where drizzle's migrator notes what it has applied; the one table that is not ours. */
export const MIGRATIONS_TABLE = '__drizzle_migrations';

export function migrationsFolder(dialect: 'sqlite'): string {
  return fileURLToPath(new URL(`../../../migrations/${dialect}`, import.meta.url));
}

/** Hashes of the migrations this hostbeat knows, oldest first. */
export function knownMigrations(dialect: 'sqlite'): readonly string[] {
  return readMigrationFiles({ migrationsFolder: migrationsFolder(dialect) }).map(({ hash }) => hash);
}

/**
 * All of them in one transaction: either the schema is the new one or it is the old one. Foreign keys sleep
 * meanwhile, because SQLite alters some things only by making a table anew; they are checked before we go on.
 */
export function migrateSqlite({ client, drizzle }: SqliteConnection): void {
  client.pragma('foreign_keys = OFF');
  try {
    migrate(drizzle, { migrationsFolder: migrationsFolder('sqlite'), migrationsTable: MIGRATIONS_TABLE });
    const broken = client.pragma('foreign_key_check') as unknown[];
    if (broken.length > 0) throw new Error(`the migrations left ${broken.length} rows without their parents`);
  } finally {
    client.pragma('foreign_keys = ON');
  }
}
