import { index, integer, sqliteTable, text } from '../../drizzle.ts';

/**
 * The log rows that concern a server or a service. Written after the log, not with it: the path from a fault to its
 * announcement must stay short. `seq` and `logId` together name the row: a log that was trimmed to nothing reuses its
 * ids.
 */
export const logServers = sqliteTable(
  'log_servers',
  {
    id: integer('id').primaryKey(),
    serverId: text('server_id').notNull(),
    seq: integer('seq').notNull(),
    logId: integer('log_id').notNull(),
  },
  (table) => [index('log_servers_of').on(table.serverId, table.seq)],
);
