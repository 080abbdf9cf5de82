import type { ObserverEntry } from '../../../server/ports/explanation-log.ts';
import { index, integer, sqliteTable, text } from '../../drizzle.ts';

/** What was known when a service was called silent, as JSON. Written with the change; retention removes the oldest. */
export const silences = sqliteTable(
  'silences',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    serviceId: integer('service_id').notNull(),
    at: integer('at').notNull(),
    record: text('record').notNull(),
  },
  (table) => [index('silences_of').on(table.serviceId, table.at)],
);

/** How well hostbeat itself could receive, and since when. */
export const observerHistory = sqliteTable('observer_history', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  state: text('state').$type<ObserverEntry['state']>().notNull(),
  code: text('code').$type<ObserverEntry['code']>(),
  reason: text('reason'),
  blind: integer('blind').notNull(),
});
