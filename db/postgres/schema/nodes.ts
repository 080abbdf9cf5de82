/** What the nodes on one database share besides the log. */
import { pgTable } from '../drizzle.ts';
import { long, text } from './columns.ts';

/** One row a task that one node does for all. The holder changes `beat`; who sees it unchanged may take the row. */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  /** Number of the node; null for nobody. */
  holder: long('holder'),
  epoch: long('epoch').notNull(),
  beat: long('beat').notNull(),
});

/** One use each, within half a minute. A ticket is its hash here. */
export const tickets = pgTable('tickets', {
  hash: text('hash').primaryKey(),
  userId: text('user_id').notNull(),
  projectId: text('project_id'),
  /** JSON of the identity that it opens a connection for. */
  identity: text('identity').notNull(),
  issuedAt: long('issued_at').notNull(),
  expiresAt: long('expires_at').notNull(),
});
