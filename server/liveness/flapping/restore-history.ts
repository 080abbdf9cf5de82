/**
 * Restores the flap history from the log at start. Without it every restart would release the held recoveries, and
 * owners would see those services flap again.
 */
import type { ServiceChange } from '../../../client-sdk/protocol/items.ts';
import type { Instant, Monotonic } from '../../domain/clock.ts';
import { FLAP_WINDOW } from '../../domain/silence/flapping.ts';
import type { Store } from '../../ports/store.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import type { Damping } from './damping.ts';

/** Rows read at a time, newest first. */
const PAGE = 100;
/** Upper bound of changes read: a start must not wait for the history of a mass silence. */
const MOST = 20_000;

/**
 * @param now by the clock of deadlines @param wall by the clock of the log; if somebody set it meanwhile, the only
 * effect is a hold that is slightly too long or too short
 */
export async function restoreFlapHistory(
  store: Pick<Store, 'bounds' | 'log'>,
  registry: Pick<ServiceRegistry, 'slotOf' | 'service'>,
  damping: Pick<Damping, 'recall'>,
  now: Monotonic,
  wall: Instant,
): Promise<void> {
  const changes = (await lately(store, wall - FLAP_WINDOW)).filter(({ facts }) => facts !== undefined);
  for (const ofOne of Map.groupBy(changes, ({ service_id }) => service_id).values()) {
    const slot = registry.slotOf(ofOne[0] as ServiceChange);
    if (slot === undefined || registry.service(slot)?.uuid !== ofOne[0]?.service_id) continue;
    const edges = ofOne.filter(isEdge).map(({ at }) => now - Math.max(0, wall - Date.parse(at)));
    if (edges.length > 0) damping.recall(slot, edges);
  }
}

/** Oldest first. */
async function lately(store: Pick<Store, 'bounds' | 'log'>, since: Instant): Promise<ServiceChange[]> {
  const { head, floor } = await store.bounds('hosts');
  const found: ServiceChange[][] = [];
  let count = 0;
  for (let upTo = head; upTo >= floor && count < MOST; upTo -= PAGE) {
    const rows = await store.log('hosts', Math.max(floor - 1, upTo - PAGE), upTo, PAGE);
    for (const { at, items } of rows.toReversed()) {
      if (at < since) return found.reverse().flat();
      found.push(JSON.parse(items) as ServiceChange[]);
      count += found.at(-1)?.length ?? 0;
    }
  }
  return found.reverse().flat();
}

/** Did the service come or go with this change? For the first change the earlier state is unknown. */
function isEdge(
  { facts, cause, kind }: ServiceChange,
  index: number,
  all: readonly ServiceChange[],
): boolean {
  const before = all[index - 1];
  if (before !== undefined) return before.facts?.live !== facts?.live;
  return SILENCES.includes(cause) || (cause === 'heartbeat' && kind === 'transition');
}

const SILENCES: readonly ServiceChange['cause'][] = ['timeout', 'connection_lost', 'goodbye', 'mass'];
