/** A file that is read from end to end and left as it is, while no hostbeat writes to it. */
import { existsSync } from 'node:fs';
import { DatabaseRefused } from '../../refused.ts';
import { openClient } from './client.ts';
import { lockDatabase } from './lock.ts';
import { MIGRATIONS_TABLE, missingMigrations } from './migrate.ts';
import { checkPlace } from './open.ts';
import { examineWhole } from './preflight.ts';

export interface Source {
  /** One value. */
  value(sql: string): unknown;
  /** One row, as an array. */
  row(sql: string): readonly unknown[];
  rows(sql: string): Iterable<Record<string, unknown>>;
  tables(): readonly string[];
  columns(table: string): readonly string[];
  close(): void;
}

/** @throws DatabaseRefused for a file in use, damaged, of another program, or not of this version */
export function openSource(path: string): Source {
  checkPlace(path);
  if (!existsSync(path))
    throw new DatabaseRefused(
      'unreachable',
      `${path} does not exist: name the file of a hostbeat database, as sqlite:PATH`,
    );
  const lock = lockDatabase(path);
  try {
    examineWhole(path);
    const client = openClient(path, { readonly: true });
    const asked = (sql: string) => client.prepare<[], Record<string, unknown>>(sql);
    try {
      refuseOld(
        path,
        client.prepare(`SELECT name FROM sqlite_schema WHERE name = '${MIGRATIONS_TABLE}'`).get() ===
          undefined
          ? []
          : (client.prepare(`SELECT hash FROM ${MIGRATIONS_TABLE}`).pluck().all() as string[]),
      );
      // All of it as it is now.
      client.exec('BEGIN');
    } catch (error) {
      client.close();
      throw error;
    }
    return {
      value: (sql) => asked(sql).pluck().get(),
      row: (sql) => asked(sql).raw().get() as unknown as readonly unknown[],
      rows: (sql) => asked(sql).iterate(),
      tables: () =>
        client.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all() as string[],
      columns: (table) =>
        (client.pragma(`table_info("${table}")`) as { name: string }[]).map(({ name }) => name),
      close() {
        client.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function refuseOld(path: string, applied: readonly string[]): void {
  const missing = missingMigrations('sqlite', new Set(applied));
  if (missing.length === 0) return;
  throw new DatabaseRefused(
    'unsupported',
    `${path} is of an older version and lacks ${missing.join(', ')}: migrate it with "hostbeat migrate --database-url sqlite:${path}", then try again`,
  );
}
