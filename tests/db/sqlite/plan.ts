import type { SqliteConnection } from '../../../db/sqlite/file/connection.ts';

/** How SQLite would run a statement, one step a line. */
export function plan({ client }: SqliteConnection, sql: string, params: readonly unknown[]): string[] {
  const steps = client.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params) as { detail: string }[];
  return steps.map(({ detail }) => detail);
}
