import type { Instant, Monotonic } from '../../domain/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Deadlines } from './deadlines.ts';
import type { ServiceRegistry } from './registry.ts';

/**
 * Loads the recorded services at start. Commits nothing: a silent service stays silent until it reports, and a live one
 * has a full period to report again, however old its last report is, because this process was away.
 */
export async function loadServices(
  store: Store,
  registry: ServiceRegistry,
  deadlines: Deadlines,
  now: () => Monotonic,
): Promise<Instant | null> {
  let newest: Instant | null = null;
  const services = await store.services();
  // A commit may have added one meanwhile. The loop itself is not interrupted.
  const isEmpty = registry.slots === 0;
  for (const service of services) {
    newest = Math.max(newest ?? 0, service.lastSeenUp ?? 0, service.updatedAt);
    if (!isEmpty && registry.slotOf(service) !== undefined) continue;
    const lastSeenUp: Instant = service.lastSeenUp ?? service.createdAt;
    const slot = registry.add(service, now(), lastSeenUp, true);
    if (!service.live) continue;
    deadlines.grant(slot, now() + Math.max(registry.downTime(service), 2 * registry.reportInterval(service)));
    deadlines.arm(slot);
  }
  return newest;
}
