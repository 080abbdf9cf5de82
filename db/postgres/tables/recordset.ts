/**
 * Passes many rows as one parameter, and unpacks them in the statement: its text does not depend on their number. The
 * statement names the columns' types, so that none is guessed.
 */
import type { Field } from './rows.ts';

/** `json_to_recordset($1) AS r(…)`, with our names as columns. */
export function recordset(fields: readonly Field[]): string {
  const columns = fields.map(({ key, type }) => `"${key}" ${type.replace(' COLLATE "C"', '')}`);
  return `json_to_recordset($1::json) AS r(${columns.join(', ')})`;
}

export function insertRows(table: string, fields: readonly Field[]): string {
  const columns = fields.map(({ column }) => `"${column}"`).join(', ');
  const values = fields.map(({ key }) => `r."${key}"`).join(', ');
  return `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${recordset(fields)}`;
}

/** Inserts rows, or updates the rows with the same `id`. */
export function putRows(table: string, fields: readonly Field[]): string {
  const set = fields
    .filter(({ key }) => key !== 'id')
    .map(({ column }) => `"${column}" = excluded."${column}"`);
  return `${insertRows(table, fields)} ON CONFLICT (id) DO UPDATE SET ${set.join(', ')}`;
}

/** Updates the rows with these `id`s. */
export function updateRows(table: string, fields: readonly Field[]): string {
  const set = fields.filter(({ key }) => key !== 'id').map(({ column, key }) => `"${column}" = r."${key}"`);
  return `UPDATE ${table} t SET ${set.join(', ')} FROM ${recordset(fields)} WHERE t.id = r.id`;
}

/** As JSON that PostgreSQL accepts: it refuses half a surrogate pair, which becomes U+FFFD. */
export function jsonOf(rows: readonly unknown[]): string {
  const text = JSON.stringify(rows);
  if (!/\\ud[89a-f]/.test(text)) return text;
  return JSON.stringify(rows, (_, value) => (typeof value === 'string' ? value.toWellFormed() : value));
}
