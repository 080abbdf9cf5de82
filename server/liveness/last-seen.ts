/** Writes the instants of last reports, in batches and late: they are for people and decide nothing. */
import type { Duration } from '../domain/clock.ts';
import type { LastSeen, Store } from '../store.ts';
import type { Events } from '../telemetry/events.ts';
import type { Roster } from './roster.ts';

export const WRITE_EVERY: Duration = 5_000;
/**
 * So many at once at most, those that wait longest first: a row costs a few microseconds, and of a million services that
 * all report they would be a third of a core. Up to twenty thousand are some seconds late, a million some minutes; who
 * asks is told from memory all the same.
 */
export const AT_ONCE = 20_000;
/** For so many rows and their sync the event loop stands still for some milliseconds: a silence waits for no more. */
const CHUNK = 1_000;

export interface LastSeenContext {
  readonly store: Store;
  readonly roster: Roster;
  readonly events: Events;
  /** Resolves when nobody waits to be told silent. */
  readonly calm: () => Promise<void>;
}

/** Writes what was heard. What cannot be written now is among what is written next. */
export async function writeLastSeen(
  { store, roster, events, calm }: LastSeenContext,
  limit = AT_ONCE,
): Promise<void> {
  const slots = roster.takeUnwritten(limit);
  for (let start = 0; start < slots.length; start += CHUNK) {
    await calm();
    const chunk = slots.slice(start, start + CHUNK);
    const batch = chunk.flatMap((slot): LastSeen[] => {
      const service = roster.service(slot);
      return service === undefined ? [] : [{ id: service.id, at: roster.lastHeard(slot) }];
    });
    try {
      await store.writeLastSeen(batch);
    } catch (error) {
      roster.giveBack(slots.slice(start));
      events.commitFailed('last_seen_up', error);
      return;
    }
  }
}
