/** The filter `host_status`. It asks the rule itself which facts give which status, so no second copy can disagree. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Facts } from '../../../client-sdk/protocol/items.ts';
import { type HostStatusOrder, hostStatus, statusOf } from '../../../server/domain/host-status.ts';
import { COMPUTE } from '../../../server/domain/service.ts';
import { or, type SQL, sql } from '../../drizzle.ts';
import { instances } from '../schema/compute.ts';

export function hostStatusIs(wanted: readonly HostStatus[], order: HostStatusOrder): SQL {
  const giving = ALL_FACTS.filter((facts) => wanted.includes(statusOf(facts, order)));
  const facts = giving.map(
    ({ forced_down, disabled, live }) =>
      sql`(s.forced_down = ${forced_down} AND s.disabled = ${disabled} AND s.live = ${live})`,
  );
  const with_ = sql`${instances.host} IN (SELECT s.host FROM services s WHERE s.binary = ${COMPUTE} AND (${or(...facts) ?? sql`false`}))`;
  if (!wanted.includes(hostStatus(undefined, order))) return with_;
  const without = sql`NOT EXISTS (SELECT 1 FROM services s WHERE s.binary = ${COMPUTE} AND s.host = ${instances.host})`;
  return sql`(${with_} OR ${without})`;
}

const ALL_FACTS: readonly Facts[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  forced_down: (bits & 4) > 0,
  disabled: (bits & 2) > 0,
  live: (bits & 1) > 0,
}));
