import type { DrillStatus } from '../../../server/domain/drill.ts';
import { index, pgTable } from '../drizzle.ts';
import { json, long, text } from './columns.ts';

/** Drills under way, stored so that each ends even after a restart. */
export const drills = pgTable(
  'drills',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id').notNull(),
    userId: text('user_id').notNull(),
    servers: json<readonly string[]>('servers').notNull(),
    status: text('status').$type<DrillStatus>().notNull(),
    startedAt: long('started_at').notNull(),
    endsAt: long('ends_at').notNull(),
  },
  (table) => [index('drills_of_project').on(table.projectId)],
);
