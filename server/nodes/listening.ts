/** Does this node hear what is sent between nodes? It does while its own messages come back. Pure. */
import type { Duration } from '../domain/clock.ts';
import { LOST_AFTER } from './peers.ts';

/** All times are on the clock of looks: while this process did not run, nothing was missed. */
export class Listening {
  #echoAt: Duration = 0;
  #since: Duration | undefined;

  get hasBegun(): boolean {
    return this.#since !== undefined;
  }

  /** It listens from now on. */
  begun(now: Duration): void {
    this.#since = now;
    this.#echoAt = now;
  }

  /** One of its own messages came back. */
  echoed(now: Duration): void {
    this.#echoAt = now;
  }

  /** It listened, and its messages no longer come back: it must listen again. */
  isCut(now: Duration): boolean {
    return this.#since !== undefined && now - this.#echoAt >= LOST_AFTER;
  }

  ended(): void {
    this.#since = undefined;
  }

  /** For how long it has listened; undefined while it does not hear itself. */
  for(now: Duration): Duration | undefined {
    return this.#since === undefined || this.isCut(now) ? undefined : now - this.#since;
  }
}
