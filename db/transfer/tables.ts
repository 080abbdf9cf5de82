/** What goes from SQLite to PostgreSQL, table by table, parents before children. Columns have the same name in both. */

import { getTableColumns } from '../drizzle.ts';
import { getTableConfig, type PgTable } from '../postgres/drizzle.ts';
import * as compute from '../postgres/schema/compute.ts';
import { drills } from '../postgres/schema/drills.ts';
import { observerHistory, silences } from '../postgres/schema/explanations.ts';
import * as identity from '../postgres/schema/identity.ts';
import { lineage, log, logServers, streams } from '../postgres/schema/log.ts';
import { watchKeys } from '../postgres/schema/watch-keys.ts';
import { webhooks } from '../postgres/schema/webhooks.ts';
import type { Field } from '../postgres/tables/rows.ts';
import { fieldsOf } from '../postgres/tables/rows.ts';

/** One table, how it is read and how it is written. */
export interface Transfer {
  readonly name: string;
  readonly fields: readonly Field[];
  /** The FROM clause in SQLite. */
  readonly from: string;
  /** A sequence generates its ids, and must continue after the copied ones. */
  readonly counted: boolean;
}

const TABLES: readonly PgTable[] = [
  compute.services,
  compute.instances,
  compute.instanceActions,
  compute.flavors,
  compute.audit,
  drills,
  silences,
  observerHistory,
  streams,
  log,
  logServers,
  lineage,
  identity.roles,
  identity.projects,
  identity.users,
  identity.assignments,
  identity.applicationCredentials,
  identity.tokens,
  identity.agentTokens,
  watchKeys,
  webhooks,
];

/** SQLite reuses the ids of a log that was trimmed to nothing: entries of the earlier rows are not copied. */
const FROM: Readonly<Record<string, string>> = {
  log_servers:
    '(SELECT s.* FROM log_servers s JOIN log l ON l.id = s.log_id AND l.seq = s.seq) AS log_servers',
};

/** Columns that SQLite does not have, with their value in copied rows. */
export const ADDED: Readonly<Record<string, number>> = { 'log.commit': 1 };

/** Built again on the other side, or written there in another form. */
export const LEFT_OUT = ['meta', 'cursor_keys', '__drizzle_migrations', 'sqlite_sequence'];

export const TRANSFERS: readonly Transfer[] = TABLES.map((table) => {
  const { name } = getTableConfig(table);
  const columns = getTableColumns(table);
  const fields = fieldsOf(Object.keys(columns), columns).filter(
    ({ column }) => !(`${name}.${column}` in ADDED),
  );
  const counted = Object.values(columns).some(({ generatedIdentity }) => generatedIdentity !== undefined);
  return { name, fields, from: FROM[name] ?? name, counted };
});

/** A sum over one column, equal in both engines, by which the two sides are compared. */
export function sumOf({ column, type }: Field, engine: 'sqlite' | 'postgres'): string {
  const isSqlite = engine === 'sqlite';
  if (type.startsWith('text'))
    return isSqlite ? `sum(length(CAST("${column}" AS BLOB)))` : `sum(octet_length("${column}"))`;
  if (type === 'boolean') return isSqlite ? `sum("${column}")` : `sum("${column}"::int)`;
  return `sum("${column}" % 1000003)`;
}
