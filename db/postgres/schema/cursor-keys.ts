import { pgTable } from '../drizzle.ts';
import { bytes, long } from './columns.ts';

/** Keys that seal cursors, the newest in force. Without a row the key in `meta` is in force. */
export const cursorKeys = pgTable('cursor_keys', {
  id: long('id').primaryKey(),
  key: bytes('key').notNull(),
  createdAt: long('created_at').notNull(),
  /** Until then cursors of earlier keys are accepted. */
  earlierUntil: long('earlier_until').notNull(),
});
