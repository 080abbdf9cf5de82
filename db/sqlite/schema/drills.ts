import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import { index, integer, sqliteTable, text } from '../../drizzle.ts';

/** Rehearsals that are under way: kept so that one ends though the server was restarted in it. */
export const drills = sqliteTable(
  'drills',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id').notNull(),
    userId: text('user_id').notNull(),
    servers: text('servers', { mode: 'json' }).$type<readonly string[]>().notNull(),
    status: text('status').$type<HostStatus>().notNull(),
    startedAt: integer('started_at').notNull(),
    endsAt: integer('ends_at').notNull(),
  },
  (table) => [index('drills_of_project').on(table.projectId)],
);
