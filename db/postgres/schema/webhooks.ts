import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { WebhookFormat, WebhookState } from '../../../server/ports/webhook-store.ts';
import { index, integer, pgTable } from '../drizzle.ts';
import { json, long, text } from './columns.ts';

/**
 * Owners' HTTP subscriptions. Secrets are sealed (db/sealed-text.ts): a delivery is signed with them, so no hash will
 * do.
 */
export const webhooks = pgTable(
  'webhooks',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id').notNull(),
    userId: text('user_id').notNull(),
    roles: json<readonly string[]>('roles').notNull(),
    credentialId: text('credential_id'),
    name: text('name').notNull(),
    url: text('url').notNull(),
    format: text('format').$type<WebhookFormat>().notNull(),
    servers: json<readonly string[]>('servers'),
    hostStatus: json<readonly HostStatus[]>('host_status'),
    secret: text('secret').notNull(),
    oldSecret: text('old_secret'),
    oldSecretUntil: long('old_secret_until'),
    state: text('state').$type<WebhookState>().notNull(),
    reason: text('reason'),
    /** Last row of the project's stream that is done. */
    seq: long('seq').notNull(),
    /** The same by the numbers that rows have under the policy `unknown-only`. */
    unknownSeq: long('unknown_seq').notNull().default(0),
    attempts: integer('attempts').notNull(),
    failingSince: long('failing_since'),
    nextAttemptAt: long('next_attempt_at'),
    lastDeliveredAt: long('last_delivered_at'),
    lastError: text('last_error'),
    createdAt: long('created_at').notNull(),
    updatedAt: long('updated_at').notNull(),
  },
  (table) => [index('webhooks_of_project').on(table.projectId, table.createdAt, table.id)],
);
