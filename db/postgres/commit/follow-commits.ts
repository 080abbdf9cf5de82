/**
 * Follows the commits of every process: announces them in their order, on a connection of its own, and is woken by each
 * commit. A process that uses the database alone follows nobody and announces only its own.
 */
import type { Committed } from '../../../server/ports/committed.ts';
import type { Logger } from '../../../server/telemetry/logger.ts';
import type { DatabaseAddress } from '../connection/address.ts';
import type { Queryable } from '../connection/driver.ts';
import { KeptConnection } from '../connection/kept-connection.ts';
import { WakeUp } from '../connection/wake-up.ts';
import { type Place, Tail } from './tail.ts';

/** A read of commits that takes longer is repeated. */
const TAIL_MS = 10_000;
/** Longest time without a successful read of others' commits, before that is a problem. */
const TAIL_OLD_MS = 1_500;

export function channelOfCommits({ schema }: Pick<DatabaseAddress, 'schema'>): string {
  return `hostbeat_${schema}`;
}

export interface FollowOptions {
  readonly place: Place;
  readonly address: DatabaseAddress;
  readonly isAlone: boolean;
  readonly reads: Queryable;
  readonly logger: Logger;
  readonly announce: (committed: Committed) => void;
  /** Commits were removed before they were announced here. */
  readonly missed: () => void;
}

/** How far the commits of all nodes were announced here, and why not further, in words. */
export interface TailState {
  readonly commit: number;
  readonly quietMs: number;
  readonly trouble?: string;
}

export class CommitFollower {
  readonly tail: Tail;
  /** Long lists must not delay reading the commits of others. */
  readonly #connection: KeptConnection | undefined;
  readonly #wakeUp: WakeUp | undefined;

  constructor({ place, address, isAlone, reads, logger, announce, missed }: FollowOptions) {
    this.#connection = isAlone ? undefined : new KeptConnection(address, 'tail', TAIL_MS);
    this.tail = new Tail(place, { reads: this.#connection ?? reads, logger, announce, missed });
    if (!isAlone) this.#wakeUp = new WakeUp(address, channelOfCommits(address), this.tail.wake);
  }

  /** Begins to read the commits of other processes. */
  start(): void {
    if (this.#wakeUp === undefined) return;
    this.tail.follow();
    void this.#wakeUp.listen();
  }

  state(): TailState {
    const { commit } = this.tail.place;
    const quietMs = this.tail.quietFor();
    if (quietMs < TAIL_OLD_MS) return { commit, quietMs };
    return { commit, quietMs, trouble: 'what other nodes commit cannot be read from PostgreSQL now' };
  }

  async close(): Promise<void> {
    await this.tail.close();
    await this.#wakeUp?.close();
    await this.#connection?.close();
  }
}
