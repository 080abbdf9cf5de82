/** For how long a node has not announced what others have. Pure: times are on the clock of looks. */
import type { Duration } from '../domain/clock.ts';

/** What others commit is announced here this much later at most; beyond that the node says so. */
const TAIL_LATE: Duration = 1_000;

export class TailLag {
  /** A commit that others have announced and this node has not, and since when that is so. */
  #awaited: { readonly commit: number; readonly since: Duration } | undefined;
  #lag: Duration = 0;

  /**
   * @param commit the last that was announced here
   * @param others the last that each of the other nodes announced. After a failover of the database they may have gone
   * back: a commit that was lost is not waited for
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

  /** That it is late, in words; undefined while it is not. */
  get trouble(): string | undefined {
    return this.#lag > TAIL_LATE
      ? `what other nodes commit is announced here ${(this.#lag / 1_000).toFixed(1)} s late`
      : undefined;
  }
}
