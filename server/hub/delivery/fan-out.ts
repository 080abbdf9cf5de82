/** Something that has followers to tell. */
export interface Deliverable {
  /**
   * Tells followers until the effort is spent or none is behind any more.
   * @returns what is left of the effort; more than 0 only if none is behind
   */
  deliver(effort: number): number;
  /** What waits to be told may not wait behind others'. */
  readonly isUrgent: boolean;
}

/** Effort of one turn: writes to some hundred sockets, a few milliseconds. */
const TURN = 512;

/**
 * Shares each turn of the event loop between telling and everything else: a commit with ten thousand followers is told
 * in slices, between which requests are read, answered and committed. What is committed meanwhile goes to those who are
 * still to be told in the same write. A DOWN begins at once, and goes on before everybody else's news.
 */
export class FanOut {
  readonly #soon: (then: () => void) => void;
  readonly #behind = new Set<Deliverable>();
  readonly #urgent = new Set<Deliverable>();
  #left = TURN;
  /** A turn takes effort once more for what is urgent, and not for each that is: a hundred would be told one by one. */
  #hasMore = true;
  #scheduled = false;

  constructor(soon: (then: () => void) => void) {
    this.#soon = soon;
  }

  /** There is news of it. */
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
