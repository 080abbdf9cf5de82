import { blob, integer, sqliteTable } from '../../drizzle.ts';

/** Keys that cursors are sealed with, the newest in force. Without a row the key of `meta` is. */
export const cursorKeys = sqliteTable('cursor_keys', {
  id: integer('id').primaryKey(),
  key: blob('key', { mode: 'buffer' }).notNull(),
  createdAt: integer('created_at').notNull(),
  /** Until then cursors of earlier keys are accepted. */
  earlierUntil: integer('earlier_until').notNull(),
});
