import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import type { Prepare, Prepared } from '../../socket/socket.ts';

interface SubscriptionPlace {
  readonly id: string;
  readonly cursor: Cursor;
}

/** Frames that are remembered. Ids are the clients' own, and there may be many places: all are forgotten then. */
const MOST = 1_000;

/**
 * Makes `health` frames. Nearly all connections have one subscription, and many of an owner's are at the same
 * place of a quiet stream: they share one frame, because ten thousand of them get one every few seconds.
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

  /** Of a connection with these subscriptions. */
  of(places: readonly SubscriptionPlace[]): Prepared {
    return this.#frame(this.#observed(), places);
  }

  /** Of a connection with one. */
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
