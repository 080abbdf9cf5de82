/**
 * The filter `host_status`. It asks the rule itself which facts give which status, so no second copy can disagree.
 */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Facts } from '../../../client-sdk/protocol/items.ts';
import { type HostStatusOrder, hostStatus, statusOf } from '../../../server/domain/host-status.ts';
import type { ServiceTable } from '../tables/services.ts';

/**
 * With at most this many hosts it is cheaper to read their instances than to walk the list until a page is full.
 */
const FEW_HOSTS = 200;

/** The instances that match: those on `hosts`, the only ones that can, or else those that pass `test`. */
export interface HostStatusFilter {
  readonly hosts?: readonly string[];
  readonly test?: (host: string | null) => boolean;
}

export function hostStatusIs(
  wanted: readonly HostStatus[],
  order: HostStatusOrder,
  services: ServiceTable,
): HostStatusFilter {
  if (!wanted.includes('')) {
    const giving = ALL_FACTS.filter((facts) => wanted.includes(statusOf(facts, order)));
    const hosts = services.hostsWith(giving, FEW_HOSTS + 1);
    if (hosts.length <= FEW_HOSTS) return { hosts };
  }
  const answers = new Map<string | null, boolean>();
  return {
    test(host) {
      const answer = answers.get(host) ?? wanted.includes(hostStatus(services.computeOn(host), order));
      answers.set(host, answer);
      return answer;
    },
  };
}

const ALL_FACTS: readonly Facts[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  forced_down: (bits & 4) > 0,
  disabled: (bits & 2) > 0,
  live: (bits & 1) > 0,
}));
