import { index, integer, sqliteTable, text } from '../../drizzle.ts';

/**
 * Which rows of the log concern a server. Written behind the log and not with it: the path between a fault and its
 * announcement has no room for it. `seq` and `logId` together name the row: a log
 * that was trimmed to nothing gives its ids again.
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
