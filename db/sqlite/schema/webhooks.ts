import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { WebhookFormat, WebhookState } from '../../../server/ports/webhook-store.ts';
import { index, integer, sqliteTable, text } from '../../drizzle.ts';

/** Owners' HTTP subscriptions. Secrets are sealed (db/sealed-text.ts): a delivery is signed with them, so no hash will do. */
export const webhooks = sqliteTable(
  'webhooks',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id').notNull(),
    userId: text('user_id').notNull(),
    roles: text('roles', { mode: 'json' }).$type<readonly string[]>().notNull(),
    /** The application credential that made it, or changed it last; null where that was a login. */
    credentialId: text('credential_id'),
    name: text('name').notNull(),
    url: text('url').notNull(),
    format: text('format').$type<WebhookFormat>().notNull(),
    servers: text('servers', { mode: 'json' }).$type<readonly string[]>(),
    hostStatus: text('host_status', { mode: 'json' }).$type<readonly HostStatus[]>(),
    secret: text('secret').notNull(),
    /** The secret before the last rotation, and until when deliveries are signed with it too. */
    oldSecret: text('old_secret'),
    oldSecretUntil: integer('old_secret_until'),
    state: text('state').$type<WebhookState>().notNull(),
    reason: text('reason'),
    /** Last row of the project's stream that is done. */
    seq: integer('seq').notNull(),
    /** The same by the numbers that rows have under the policy `unknown-only`. */
    unknownSeq: integer('unknown_seq').notNull().default(0),
    attempts: integer('attempts').notNull(),
    failingSince: integer('failing_since'),
    nextAttemptAt: integer('next_attempt_at'),
    lastDeliveredAt: integer('last_delivered_at'),
    lastError: text('last_error'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('webhooks_of_project').on(table.projectId, table.createdAt, table.id)],
);
