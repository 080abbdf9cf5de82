/** Applies `migrations/<dialect>`, and recognises a database of a newer hostbeat. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate, readMigrationFiles } from '../../drizzle.ts';
import type { SqliteConnection } from './connection.ts';

/** The table in which drizzle's migrator records what it has applied; the only one that is not ours. */
export const MIGRATIONS_TABLE = '__drizzle_migrations';

export function migrationsFolder(dialect: 'sqlite'): string {
  return fileURLToPath(new URL(`../../../migrations/${dialect}`, import.meta.url));
}

/** Hashes of the migrations that this hostbeat knows, oldest first. */
export function knownMigrations(dialect: 'sqlite'): readonly string[] {
  return readMigrationFiles({ migrationsFolder: migrationsFolder(dialect) }).map(({ hash }) => hash);
}

/** Names of the migrations that a database lacks, oldest first. @param applied hashes of those that it records */
export function missingMigrations(dialect: 'sqlite', applied: ReadonlySet<string>): readonly string[] {
  const journal = readFileSync(join(migrationsFolder(dialect), 'meta/_journal.json'), 'utf8');
  const { entries } = JSON.parse(journal) as { entries: readonly { readonly tag: string }[] };
  return knownMigrations(dialect).flatMap((hash, n) => (applied.has(hash) ? [] : [entries[n]?.tag ?? hash]));
}

/**
 * Applies all migrations in one transaction: the schema is either the old or the new one. Foreign keys are off
 * meanwhile, because SQLite alters some things only by rebuilding a table; they are checked before the commit.
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
