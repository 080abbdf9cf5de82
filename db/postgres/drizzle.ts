/** Drizzle's dialect of PostgreSQL, the only file that loads it. Not with SQLite's: neither engine loads the other's. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export type { NodePgDatabase } from 'drizzle-orm/node-postgres';
export type { ExtraConfigColumn, PgColumn, PgTable } from 'drizzle-orm/pg-core';

export const {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  QueryBuilder,
  unique,
  uniqueIndex,
  getTableConfig,
} = require('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core');
export const { drizzle } = require('drizzle-orm/node-postgres') as typeof import('drizzle-orm/node-postgres');
