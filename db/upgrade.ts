/** What this version would change in a database before using it. Only reads, also while a server runs on it. */
import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { openClient } from './sqlite/file/client.ts';
import { MIGRATIONS_TABLE, missingMigrations } from './sqlite/file/migrate.ts';
import { checkPlace } from './sqlite/file/open.ts';
import { examineWhole } from './sqlite/file/preflight.ts';
import { isPostgres, sqlitePath } from './url.ts';

export interface UpgradePlan {
  /** Undefined where there is no database yet. */
  readonly bytes?: number;
  /** Free space on its disk, in bytes. */
  readonly free: number;
  /** Names of the migrations to come, oldest first. */
  readonly migrations: readonly string[];
}

/**
 * @returns undefined for PostgreSQL, which is examined at the start only
 * @throws DatabaseRefused as opening it would: of another program, damaged, of a newer hostbeat
 */
export function planUpgrade(url: string): UpgradePlan | undefined {
  if (isPostgres(url)) return undefined;
  const path = sqlitePath(url);
  checkPlace(path);
  const disk = statfsSync(dirname(resolve(path)));
  const free = disk.bavail * disk.bsize;
  if (!existsSync(path) || statSync(path).size === 0) return { free, migrations: [] };
  examineWhole(path);
  return { bytes: statSync(path).size, free, migrations: missingMigrations('sqlite', applied(path)) };
}

function applied(path: string): ReadonlySet<string> {
  const client = openClient(path, { readonly: true });
  try {
    return new Set(client.prepare(`SELECT hash FROM ${MIGRATIONS_TABLE}`).pluck().all() as string[]);
  } finally {
    client.close();
  }
}
