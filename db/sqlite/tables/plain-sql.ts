/**
 * Statement texts for the driver itself, generated from the schema so that they cannot drift from it. For the few
 * paths where drizzle's mapping of a row costs as much as reading it.
 */
import { getTableColumns, getTableConfig, type SQLiteTable } from '../../drizzle.ts';

/** `SELECT` of all columns in the schema's order. */
export function selectFrom(table: SQLiteTable): string {
  const columns = Object.values(getTableColumns(table)).map(({ name }) => `"${name}"`);
  return `SELECT ${columns.join(', ')} FROM "${getTableConfig(table).name}"`;
}

/** Inserts a row of named parameters. */
export function insertInto(table: SQLiteTable): string {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, { name }]) => `"${name}"`).join(', ');
  const values = columns.map(([key]) => `@${key}`).join(', ');
  return `INSERT INTO "${getTableConfig(table).name}" (${names}) VALUES (${values})`;
}

/** Updates the row with this `id`. */
export function updateById(table: SQLiteTable): string {
  const columns = Object.entries(getTableColumns(table)).filter(([key]) => key !== 'id');
  const values = columns.map(([key, { name }]) => `"${name}" = @${key}`).join(', ');
  return `UPDATE "${getTableConfig(table).name}" SET ${values} WHERE id = @id`;
}

/** Inserts a row of named parameters, or updates the row with its `id`. */
export function putInto(table: SQLiteTable): string {
  const columns = Object.values(getTableColumns(table)).filter(({ name }) => name !== 'id');
  const values = columns.map(({ name }) => `"${name}" = excluded."${name}"`).join(', ');
  return `${insertInto(table)} ON CONFLICT (id) DO UPDATE SET ${values}`;
}
