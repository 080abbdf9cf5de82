/** Ends the hold on a flapping service: commits its recovery, or drops it if the service fell silent again. */
import { isOverdue } from '../../domain/silence/deadline.ts';
import { heardAsUsual } from '../../domain/silence/mass.ts';
import type { Timers } from '../../timers.ts';
import type { ObserverClock } from '../observer/observer-clock.ts';
import type { Heartbeats } from '../reports/heartbeats.ts';
import type { Deadlines } from '../services/deadlines.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import type { Damping } from './damping.ts';

export interface ReleaseHoldsContext {
  readonly damping: Damping;
  readonly deadlines: Deadlines;
  readonly observer: ObserverClock;
  readonly registry: ServiceRegistry;
  readonly heartbeats: Pick<Heartbeats, 'announce'>;
  readonly timers: Pick<Timers, 'nextTurn'>;
}

/** One look at the held services: few, if any. */
export async function releaseHolds(context: ReleaseHoldsContext): Promise<void> {
  const { damping, deadlines, observer, registry, heartbeats, timers } = context;
  damping.tidy(observer.now());
  if (damping.holding === 0 || observer.state() === 'paused') return;
  const isSilent = (slot: number) => isOverdue(deadlines.deadline(slot), observer.now());
  // Unread reports may be waiting in the sockets.
  if (damping.slots().some(isSilent)) await timers.nextTurn();
  const over: Promise<unknown>[] = [];
  for (const slot of damping.slots()) {
    const service = registry.service(slot);
    const held = damping.held(slot);
    if (service === undefined || held === undefined) continue;
    const now = observer.now();
    const usual = heardAsUsual(registry.reportInterval(service), registry.downTime(service));
    if (isSilent(slot)) damping.relapsed(slot, now);
    // Without a recent report nobody knows whether the service is still running: its next report decides.
    else if (now >= held.until && now - deadlines.heardAt(slot) <= usual)
      over.push(heartbeats.announce(service));
  }
  // A recovery that could not be committed stays held, and the next look tries again.
  await Promise.allSettled(over);
}
