/** Which log this process writes, and proof that no other process has taken it over. */
import type { Logger } from '../../../server/telemetry/logger.ts';
import type { Place } from '../commit/tail.ts';
import type { WriteHealth } from '../commit/write-health.ts';
import type { Client } from './driver.ts';
import type { LogIdentity } from './log-identity.ts';
import type { OpenedServer } from './open.ts';

const TAKEN = 'another hostbeat has taken this database; this one records nothing any more: stop it';
const NEWER =
  'a newer hostbeat has changed the tables of this database; this one records nothing any more: start the newer version in its place';

export interface ClaimContext {
  readonly health: WriteHealth;
  readonly logger: Logger;
  readonly now: () => number;
  /** Up to which commit the log was announced here. */
  readonly place: () => Place;
}

export class Claim {
  readonly #server: OpenedServer;
  readonly #context: ClaimContext;
  #identity: LogIdentity;
  #fence: number | undefined;

  constructor(server: OpenedServer, context: ClaimContext) {
    this.#server = server;
    this.#context = context;
    this.#identity = server.identity;
    this.#fence = server.fence;
  }

  get identity(): LogIdentity {
    return this.#identity;
  }

  /** What the head row must say, if one process alone may write. */
  get fence(): number | undefined {
    return this.#fence;
  }

  /**
   * On a new connection: is it still our log, and may we still write it?
   * @returns where to continue if the log is another one, or went back @throws Error if another process took it over
   */
  async renew(client: Client): Promise<Place | undefined> {
    const { health, logger } = this.#context;
    const { identity, place, fence, formerFence } = await this.#arriveAgain(client);
    if (this.#fence !== undefined && formerFence > this.#fence) {
      health.ended(TAKEN);
      throw new Error(TAKEN);
    }
    this.#fence = fence;
    const before = this.#context.place();
    if (identity.epoch === this.#identity.epoch && place.commit >= before.commit) return undefined;
    const from = { epoch: this.#identity.epoch, commit: before.commit };
    const to = { epoch: identity.epoch, commit: place.commit };
    logger.warn({ from, to }, 'the database has another log than before: every client starts over');
    this.#identity = identity;
    return place;
  }

  async #arriveAgain(client: Client) {
    try {
      return await this.#server.arriveAgain(client, this.#context.now());
    } catch (error) {
      const { reason } = error as { reason?: unknown };
      if (reason === 'locked') this.#context.health.ended(TAKEN);
      if (reason === 'newer') this.#context.health.ended(NEWER);
      throw error;
    }
  }
}
