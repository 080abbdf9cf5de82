/** Writes the instants of last reports, in parts and late: they are for people and decide nothing. */
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { LastSeen, Store } from '../../store.ts';
import type { Events } from '../../telemetry/events.ts';
import type { ServiceRegistry } from './registry.ts';

/** How often it is looked whether there is a part to write. */
export const WRITE_EVERY: Duration = 250;
/** So long a part may wait to be full, and for silences to be told. */
const LONGEST: Duration = 5_000;
/**
 * So many at once, those that wait longest first: for so many rows and their sync the event loop stands still for some
 * milliseconds. All that a million services report would be a third of a core. Up to twenty thousand are some seconds
 * late, a million some minutes; who asks is told from memory all the same.
 */
const PART = 1_000;

export interface LastSeenContext {
  readonly store: Pick<Store, 'writeLastSeen'>;
  readonly registry: ServiceRegistry;
  readonly events: Pick<Events, 'commitFailed'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Were no silences told of late? They come together, and are not to wait for us. */
  readonly isCalm: () => boolean;
}

export class LastSeenWriter {
  readonly #context: LastSeenContext;
  #before: Monotonic;
  #busy = false;

  constructor(context: LastSeenContext) {
    this.#context = context;
    this.#before = context.clock.monotonic();
  }

  /** Writes a part of what was heard, if it is time to. What cannot be written now is among what is written next. */
  async write(): Promise<void> {
    const { registry, clock, isCalm } = this.#context;
    const now = clock.monotonic();
    const hasTime = now - this.#before < LONGEST;
    if (this.#busy || (hasTime && (registry.lastReports.unwritten < PART || !isCalm()))) return;
    this.#before = now;
    this.#busy = true;
    await this.#part();
    this.#busy = false;
  }

  /** Writes all of it: at the end. */
  async writeAll(): Promise<void> {
    while (await this.#part());
  }

  /** @returns whether there may be more to write */
  async #part(): Promise<boolean> {
    const { store, registry, events } = this.#context;
    const slots = registry.lastReports.takeUnwritten(PART);
    const batch = slots.flatMap((slot): LastSeen[] => {
      const service = registry.service(slot);
      return service === undefined ? [] : [{ id: service.id, at: registry.lastReports.at(slot) }];
    });
    try {
      if (batch.length > 0) await store.writeLastSeen(batch);
    } catch (error) {
      registry.lastReports.giveBack(slots);
      events.commitFailed('last_seen_up', error);
      return false;
    }
    return slots.length === PART;
  }
}
