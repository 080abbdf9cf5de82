import type { Instant, Monotonic } from '../../domain/clock.ts';
import type { Store } from '../../store.ts';
import type { Deadlines } from './deadlines.ts';
import type { ServiceRegistry } from './registry.ts';

/**
 * Reads in what is recorded. Nothing is told: who was silent stays so until heard, who was live has a full period to be
 * heard again, whatever the time since the last report, because it was we who were not there.
 */
export async function loadServices(
  store: Store,
  registry: ServiceRegistry,
  deadlines: Deadlines,
  now: () => Monotonic,
): Promise<void> {
  for (const service of await store.services()) {
    if (registry.slotOf(service) !== undefined) continue;
    const lastSeenUp: Instant = service.lastSeenUp ?? service.createdAt;
    const slot = registry.add(service, now(), lastSeenUp, true);
    if (!service.live) continue;
    deadlines.grant(slot, now() + Math.max(registry.downTime(service), 2 * registry.reportInterval(service)));
    deadlines.arm(slot);
  }
}
