/**
 * Measures for how long this node has not announced a commit that others have. Pure: times are on the clock of looks.
 */
import type { Duration } from '../domain/clock.ts';

/** This node announces other nodes' commits within this time; if it is later, it reports trouble. */
const TAIL_LATE: Duration = 1_000;

export class TailLag {
  /** A commit that other nodes have announced and this one has not, and since when. */
  #awaited: { readonly commit: number; readonly since: Duration } | undefined;
  #lag: Duration = 0;

  /**
   * @param commit the last one announced here
   * @param others the last one that each other node announced. After a failover of the database these may go back: a
   * lost commit is not waited for
   */
  look(commit: number, others: readonly number[], now: Duration): void {
    const furthest = Math.max(0, ...others);
    if (this.#awaited !== undefined && (commit >= this.#awaited.commit || furthest < this.#awaited.commit))
      this.#awaited = undefined;
    if (furthest > commit) this.#awaited ??= { commit: furthest, since: now };
    this.#lag = this.#awaited === undefined ? 0 : now - this.#awaited.since;
  }

  /** As of the last look. */
  get duration(): Duration {
    return this.#lag;
  }

  /** Says in words that this node is late; undefined while it is not. */
  get trouble(): string | undefined {
    return this.#lag > TAIL_LATE
      ? `what other nodes commit is announced here ${(this.#lag / 1_000).toFixed(1)} s late`
      : undefined;
  }
}
