import { blob, integer, sqliteTable } from '../../drizzle.ts';

/** Keys that seal cursors, the newest in force. Without a row the key in `meta` is in force. */
export const cursorKeys = sqliteTable('cursor_keys', {
  id: integer('id').primaryKey(),
  key: blob('key', { mode: 'buffer' }).notNull(),
  createdAt: integer('created_at').notNull(),
  /** Until then cursors of earlier keys are accepted. */
  earlierUntil: integer('earlier_until').notNull(),
});
