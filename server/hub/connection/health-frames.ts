import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import type { Prepare, Prepared } from '../../socket/socket.ts';

interface SubscriptionPlace {
  readonly id: string;
  readonly cursor: Cursor;
}

/**
 * Limit of remembered frames. Clients choose the ids, and there may be many places: above the limit, all are forgotten.
 */
const MOST = 1_000;

/**
 * Makes `health` frames. Nearly all connections have one subscription, and many connections of one owner are at the
 * same place of a quiet stream: they share one frame, because ten thousand of them get one every few seconds.
 */
export class HealthFrames {
  readonly #observed: () => string;
  readonly #prepare: Prepare;
  readonly #made = new Map<Cursor, Map<string, Prepared>>();
  #count = 0;
  #lastObserved = '';

  /** @param observed the observer's fields, as JSON without braces */
  constructor(observed: () => string, prepare: Prepare) {
    this.#observed = observed;
    this.#prepare = prepare;
  }

  /** The frame of a connection with these subscriptions. */
  of(places: readonly SubscriptionPlace[]): Prepared {
    return this.#frame(this.#observed(), places);
  }

  /** The frame of a connection with one subscription. */
  at(id: string, cursor: Cursor): Prepared {
    const observed = this.#observed();
    if (observed !== this.#lastObserved || this.#count >= MOST) {
      this.#made.clear();
      this.#count = 0;
      this.#lastObserved = observed;
    }
    const made = this.#made.get(cursor) ?? new Map<string, Prepared>();
    this.#made.set(cursor, made);
    const known = made.get(id);
    if (known !== undefined) return known;
    const frame = this.#frame(observed, [{ id, cursor }]);
    made.set(id, frame);
    this.#count += 1;
    return frame;
  }

  #frame(observed: string, places: readonly SubscriptionPlace[]): Prepared {
    return this.#prepare(`{"type":"health",${observed},"subscriptions":${JSON.stringify(places)}}`);
  }
}
