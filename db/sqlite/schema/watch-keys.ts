import { index, integer, sql, sqliteTable, text, uniqueIndex } from '../../drizzle.ts';

const words = (name: string) => text(name, { mode: 'json' }).$type<readonly string[]>();

/** Projects' own keys for following servers. No foreign key to `projects`, because a Keystone may keep those. */
export const watchKeys = sqliteTable(
  'watch_keys',
  {
    id: text('id').primaryKey(),
    hash: text('hash').notNull(),
    projectId: text('project_id').notNull(),
    name: text('name').notNull(),
    /** Null: every server of the project. */
    servers: words('servers'),
    roles: words('roles').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
    /** Since when Keystone has the project as gone or disabled; null while it exists. */
    suspendedAt: integer('suspended_at'),
    /** It may start drills, besides following. */
    mayDrill: integer('may_drill', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    uniqueIndex('watch_keys_hash').on(table.hash),
    index('watch_keys_of_project').on(table.projectId, table.createdAt, table.id),
    index('watch_keys_expiring').on(table.expiresAt).where(sql`expires_at IS NOT NULL`),
  ],
);
