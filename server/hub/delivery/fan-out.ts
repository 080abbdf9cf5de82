import type { Soon } from '../../timers.ts';

/** Something that has followers to deliver to. */
export interface Deliverable {
  /**
   * Delivers until the effort is spent or no follower is behind. @returns the unspent effort; more than 0 only if
   * no follower is behind
   */
  deliver(effort: number): number;
  /** Its waiting rows may not wait behind others. */
  readonly isUrgent: boolean;
}

/** Effort of one turn: writes to some hundred sockets, a few milliseconds. */
const TURN = 512;

/**
 * Shares each turn of the event loop between delivering and everything else: a commit with ten thousand followers
 * is delivered in slices, between which requests are read, answered and committed. Later commits reach the
 * remaining followers in the same write. A DOWN starts at once, and goes before all other changes.
 */
export class FanOut {
  readonly #soon: Soon;
  readonly #behind = new Set<Deliverable>();
  readonly #urgent = new Set<Deliverable>();
  #left = TURN;
  /**
   * Urgent channels get one extra budget per turn, shared; otherwise a hundred of them would be delivered one per
   * turn.
   */
  #hasMore = true;
  #scheduled = false;

  constructor(soon: Soon) {
    this.#soon = soon;
  }

  /** It has something to deliver. */
  add(telling: Deliverable): void {
    if (telling.isUrgent) {
      this.#behind.delete(telling);
      this.#urgent.add(telling);
      if (this.#hasMore) this.#left = TURN;
      this.#hasMore = false;
    } else if (!this.#urgent.has(telling)) {
      this.#behind.add(telling);
    }
    this.#go();
  }

  /** Tells all there is, in this turn. */
  flush(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#go();
    this.#left = 0;
  }

  #go(): void {
    for (const queue of [this.#urgent, this.#behind]) {
      for (const telling of queue) {
        if (this.#left <= 0) break;
        this.#left = telling.deliver(this.#left);
        if (this.#left > 0) queue.delete(telling);
      }
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#soon(() => {
      this.#scheduled = false;
      this.#left = TURN;
      this.#hasMore = true;
      if (this.#urgent.size + this.#behind.size > 0) this.#go();
    });
  }
}
