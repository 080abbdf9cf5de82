import type { ObserverEntry } from '../../../server/ports/explanation-log.ts';
import { index, pgTable } from '../drizzle.ts';
import { long, text } from './columns.ts';

/** What was known when a service was called silent, as JSON. Written with the change; retention removes the oldest. */
export const silences = pgTable(
  'silences',
  {
    id: long('id').primaryKey().generatedAlwaysAsIdentity(),
    serviceId: long('service_id').notNull(),
    at: long('at').notNull(),
    record: text('record').notNull(),
  },
  (table) => [index('silences_of').on(table.serviceId, table.at)],
);

/** How well hostbeat itself could receive, and since when. */
export const observerHistory = pgTable('observer_history', {
  id: long('id').primaryKey().generatedAlwaysAsIdentity(),
  at: long('at').notNull(),
  state: text('state').$type<ObserverEntry['state']>().notNull(),
  code: text('code').$type<ObserverEntry['code']>(),
  reason: text('reason'),
  blind: long('blind').notNull(),
});
