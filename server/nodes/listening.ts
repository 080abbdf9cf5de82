/** Does this node receive what nodes send? It does while its own messages come back. Pure. */
import type { Duration } from '../domain/clock.ts';
import { LOST_AFTER } from './peers.ts';

/** All times are on the clock of looks: a pause of this process does not count. */
export class Listening {
  #echoAt: Duration = 0;
  #since: Duration | undefined;

  get hasBegun(): boolean {
    return this.#since !== undefined;
  }

  /** The node listens from now on. */
  begun(now: Duration): void {
    this.#since = now;
    this.#echoAt = now;
  }

  /** One of the node's own messages came back. */
  echoed(now: Duration): void {
    this.#echoAt = now;
  }

  /** The node listened, and its messages no longer come back: it must subscribe again. */
  isCut(now: Duration): boolean {
    return this.#since !== undefined && now - this.#echoAt >= LOST_AFTER;
  }

  ended(): void {
    this.#since = undefined;
  }

  /** For how long the node has listened; undefined while its own messages do not come back. */
  for(now: Duration): Duration | undefined {
    return this.#since === undefined || this.isCut(now) ? undefined : now - this.#since;
  }
}
