/** Writes last-report times to the database, in parts and late: people read them, and no rule does. */
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { LastSeen, Store } from '../../ports/store.ts';
import type { Events } from '../../telemetry/events.ts';
import type { ServiceRegistry } from './registry.ts';

/** How often to check whether a part is due. */
export const WRITE_EVERY: Duration = 250;
/** Longest wait of a part, to fill up or to let silences be committed first. */
const LONGEST: Duration = 5_000;
/**
 * Rows per write, longest waiting first: these rows and their sync block the event loop for some milliseconds. Writing
 * every report of a million services would take a third of a core. With twenty thousand services the rows are some
 * seconds late, with a million some minutes; the API answers from memory, which is current.
 */
const PART = 1_000;

export interface LastSeenContext {
  readonly store: Pick<Store, 'writeLastSeen'>;
  readonly registry: ServiceRegistry;
  readonly events: Pick<Events, 'commitFailed'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Was no silence committed recently? Silences come in groups and must not wait for these writes. */
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

  /** Writes one part if it is due. Rows that cannot be written now come first next time. */
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

  /** Writes everything, at shutdown. */
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
