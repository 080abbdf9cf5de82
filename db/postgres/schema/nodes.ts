/** What the nodes on one database share besides the log. */
import { pgTable } from '../drizzle.ts';
import { long, text } from './columns.ts';

/**
 * One row for each task that one node does for all. The holder changes `beat`; a node that sees it unchanged may take
 * the row.
 */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  /** Number of the node; null without a holder. */
  holder: long('holder'),
  epoch: long('epoch').notNull(),
  beat: long('beat').notNull(),
});

/** One-use tickets, valid for half a minute. Stored as hashes. */
export const tickets = pgTable('tickets', {
  hash: text('hash').primaryKey(),
  userId: text('user_id').notNull(),
  projectId: text('project_id'),
  /** JSON of the identity that the ticket opens a connection for. */
  identity: text('identity').notNull(),
  issuedAt: long('issued_at').notNull(),
  expiresAt: long('expires_at').notNull(),
});
