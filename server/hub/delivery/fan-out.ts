import type { Soon } from '../../timers.ts';

/** Something that has followers to deliver to. */
export interface Deliverable {
  /**
   * Delivers until the effort is used up or no follower is behind. @returns the unused effort; more than 0 only if no
   * follower is behind
   */
  deliver(effort: number): number;
  /** Its waiting rows must not wait behind those of others. */
  readonly isUrgent: boolean;
}

/** Effort of one turn: writes to some hundred sockets, a few milliseconds. */
const TURN = 512;

/**
 * Shares each turn of the event loop between delivering and all other work: a commit with ten thousand followers is
 * delivered in slices, and between them the server reads, answers and commits requests. Later commits reach the
 * remaining followers in the same write. A DOWN starts at once, and is delivered before all other changes.
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

  /** It has rows to deliver. */
  add(queued: Deliverable): void {
    if (queued.isUrgent) {
      this.#behind.delete(queued);
      this.#urgent.add(queued);
      if (this.#hasMore) this.#left = TURN;
      this.#hasMore = false;
    } else if (!this.#urgent.has(queued)) {
      this.#behind.add(queued);
    }
    this.#deliver();
  }

  /** Delivers everything that waits, in this turn. */
  flush(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#deliver();
    this.#left = 0;
  }

  #deliver(): void {
    for (const queue of [this.#urgent, this.#behind]) {
      for (const queued of queue) {
        if (this.#left <= 0) break;
        this.#left = queued.deliver(this.#left);
        if (this.#left > 0) queue.delete(queued);
      }
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#soon(() => {
      this.#scheduled = false;
      this.#left = TURN;
      this.#hasMore = true;
      if (this.#urgent.size + this.#behind.size > 0) this.#deliver();
    });
  }
}
