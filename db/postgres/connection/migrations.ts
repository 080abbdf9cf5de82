/** The migrations that this program knows, and the tables that it has after them. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from '../../drizzle.ts';
import { getTableConfig } from '../drizzle.ts';
import * as compute from '../schema/compute.ts';
import * as seals from '../schema/cursor-keys.ts';
import * as rehearsals from '../schema/drills.ts';
import * as explained from '../schema/explanations.ts';
import * as identity from '../schema/identity.ts';
import * as log from '../schema/log.ts';
import * as nodes from '../schema/nodes.ts';
import * as keys from '../schema/watch-keys.ts';
import * as hooks from '../schema/webhooks.ts';

const FOLDER = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url));

/** The first line of a migration that programs which do not know it can work beside: it adds, and changes no meaning. */
const ADDITIVE = '-- additive';

export interface Migration {
  readonly name: string;
  readonly hash: string;
  readonly sql: readonly string[];
  readonly isAdditive: boolean;
}

/** Oldest first. */
export function ownMigrations(): Migration[] {
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return readMigrationFiles({ migrationsFolder: FOLDER }).map(({ hash, sql }, n) => ({
    name: names[n] ?? '',
    hash,
    sql,
    isAdditive: sql[0]?.trimStart().startsWith(ADDITIVE) === true,
  }));
}

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
  ...seals,
}).map((table) => getTableConfig(table).name);
