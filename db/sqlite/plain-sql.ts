/**
 * Statement texts for the driver itself, made from the schema so that they cannot drift from it. For the few paths
 * where drizzle's mapping of a row costs as much as reading it.
 */
import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';

/** `SELECT` of all columns under their keys. */
export function selectFrom(table: SQLiteTable): string {
  const columns = Object.entries(getTableColumns(table)).map(([key, { name }]) => `"${name}" AS "${key}"`);
  return `SELECT ${columns.join(', ')} FROM "${getTableConfig(table).name}"`;
}

/** Inserts a row of named parameters, or replaces the one with the same `id`. */
export function upsertInto(table: SQLiteTable): string {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, { name }]) => `"${name}"`);
  const values = columns.map(([key]) => `@${key}`);
  const replaced = names.filter((name) => name !== '"id"').map((name) => `${name} = excluded.${name}`);
  return `INSERT INTO "${getTableConfig(table).name}" (${names.join(', ')}) VALUES (${values.join(', ')})
    ON CONFLICT (id) DO UPDATE SET ${replaced.join(', ')}`;
}
