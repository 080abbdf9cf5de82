/** `host_status` in SQL. Which facts give which status is asked of the rule itself, so no second copy can disagree. */
import { type SQL, sql } from 'drizzle-orm';
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import { type HostStatusOrder, statusOf } from '../../server/domain/host-status.ts';
import { COMPUTE } from '../../server/domain/service.ts';
import type { Connection } from './connection.ts';
import { oneOf } from './instance-filter.ts';
import { instances, services } from './schema.ts';

/** With at most so many hosts it is cheaper to look at what stands on them than to walk the list until the page is full. */
const FEW_HOSTS = 200;

/** Instances whose host_status is one of these. */
export function hostStatusIs(
  wanted: readonly HostStatus[],
  order: HostStatusOrder,
  drizzle: Connection['drizzle'],
): SQL {
  const gives = sql`${services.binary} = ${COMPUTE} AND ${factsGiving(wanted, order)}`;
  if (!wanted.includes('')) {
    const hosts = drizzle
      .select({ host: services.host })
      .from(services)
      .where(gives)
      .limit(FEW_HOSTS + 1)
      .all();
    if (hosts.length <= FEW_HOSTS) {
      return oneOf(
        instances.host,
        hosts.map(({ host }) => host),
      );
    }
  }
  const compute = sql`SELECT 1 FROM ${services} WHERE ${services.host} = ${instances.host} AND ${services.binary} = ${COMPUTE}`;
  const given = sql`EXISTS (${compute} AND ${factsGiving(wanted, order)})`;
  return wanted.includes('') ? sql`(NOT EXISTS (${compute}) OR ${given})` : given;
}

function factsGiving(wanted: readonly HostStatus[], order: HostStatusOrder): SQL {
  const combinations = [0, 1, 2, 3, 4, 5, 6, 7]
    .map((bits) => ({ forced_down: (bits & 4) > 0, disabled: (bits & 2) > 0, live: (bits & 1) > 0 }))
    .filter((facts) => wanted.includes(statusOf(facts, order)))
    .map(
      ({ forced_down, disabled, live }) =>
        sql`(${services.forcedDown}, ${services.disabled}, ${services.live}) = (${+forced_down}, ${+disabled}, ${+live})`,
    );
  return combinations.length === 0 ? sql`0` : sql`(${sql.join(combinations, sql` OR `)})`;
}
