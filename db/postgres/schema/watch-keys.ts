import { sql } from '../../drizzle.ts';
import { index, pgTable, uniqueIndex } from '../drizzle.ts';
import { flag, json, long, text } from './columns.ts';

/** Projects' own keys for following servers. No foreign key to `projects`, because a Keystone may keep those. */
export const watchKeys = pgTable(
  'watch_keys',
  {
    id: text('id').primaryKey(),
    hash: text('hash').notNull(),
    projectId: text('project_id').notNull(),
    name: text('name').notNull(),
    /** Null: every server of the project. */
    servers: json<readonly string[]>('servers'),
    roles: json<readonly string[]>('roles').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: long('created_at').notNull(),
    expiresAt: long('expires_at'),
    lastUsedAt: long('last_used_at'),
    /** Since when Keystone has the project as gone or disabled; null while it exists. */
    suspendedAt: long('suspended_at'),
    /** It may start drills, besides following. */
    mayDrill: flag('may_drill').notNull().default(false),
  },
  (table) => [
    uniqueIndex('watch_keys_hash').on(table.hash),
    index('watch_keys_of_project').on(table.projectId, table.createdAt, table.id),
    index('watch_keys_expiring').on(table.expiresAt).where(sql`expires_at IS NOT NULL`),
  ],
);
