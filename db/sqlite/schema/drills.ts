import type { DrillStatus } from '../../../server/domain/drill.ts';
import { index, integer, sqliteTable, text } from '../../drizzle.ts';

/** Drills under way, stored so that each ends even after a restart. */
export const drills = sqliteTable(
  'drills',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id').notNull(),
    userId: text('user_id').notNull(),
    servers: text('servers', { mode: 'json' }).$type<readonly string[]>().notNull(),
    status: text('status').$type<DrillStatus>().notNull(),
    startedAt: integer('started_at').notNull(),
    endsAt: integer('ends_at').notNull(),
  },
  (table) => [index('drills_of_project').on(table.projectId)],
);
