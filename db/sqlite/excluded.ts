import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

/** A placeholder for every column, under the column's own key: one statement prepared once takes a whole row. */
export function placeholders<T extends SQLiteTable>(table: T): T['$inferInsert'] {
  const keys = Object.keys(getTableColumns(table));
  return Object.fromEntries(keys.map((key) => [key, sql.placeholder(key)])) as T['$inferInsert'];
}

/** For an upsert: every column but `key` takes the value that was to be inserted. */
export function excluded<T extends SQLiteTable>(table: T, key: string): Record<string, SQL> {
  const columns = Object.entries(getTableColumns(table)).filter(([name]) => name !== key);
  return Object.fromEntries(columns.map(([name, column]) => [name, sql.raw(`excluded."${column.name}"`)]));
}
