/**
 * Slows down password guessing, by user and by address. Every attempt counts as failed until it has succeeded, so
 * parallel attempts gain nothing. No account is ever locked: an attack delays the user's login by some seconds. The
 * address is checked first, and a refused address does not count against the user that it named.
 */
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Duration } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import { CallerGone, FairQueue } from '../../limits/fair-queue.ts';
import { digestOf, type Failures, FailureTable } from './failure-table.ts';

/** Rejects when the signal aborts. */
export type Sleep = (ms: Duration, signal?: AbortSignal) => Promise<void>;

/** Where an attempt comes from. */
export interface Caller {
  readonly address?: string | undefined;
  /** Aborts when the client hangs up: work that nobody waits for is skipped. */
  readonly signal?: AbortSignal | undefined;
}

interface DelaySchedule {
  /** Number of failures that cost no time, because people mistype. */
  readonly free: number;
  /** Delay after the first failure that costs time; doubles with each further one. */
  readonly firstDelayMs: Duration;
  readonly longestDelayMs: Duration;
}

const PER_USER: DelaySchedule = { free: 5, firstDelayMs: 250, longestDelayMs: 4_000 };
/** Higher than a user's: many people may share one address. */
const PER_ADDRESS: DelaySchedule = { free: 20, firstDelayMs: 250, longestDelayMs: 8_000 };
const LONGEST_QUEUE_MS = 30_000;
/**
 * From this many failures on, an address waits behind all other guesses at the same user. An address without failures
 * does not, so that the user can log in while others attack the account.
 */
const QUEUES_AFTER = 3;
/**
 * Several nodes each count the guesses that they see. Each gives its part of what is free and waits that much longer, so an
 * attacker gains nothing by asking all of them. No part is smaller than that of three: a wait must stay bearable.
 */
const MOST_PARTS = 3;
const LIMITS = { bytes: 4 * 1024 * 1024, forgetAfter: 15 * 60_000 };
const ANY = Number.POSITIVE_INFINITY;
/** When all programs of a machine start at once, they wait for each other, and none is refused. */
const OF_ADDRESS = { running: ANY, runningPerKey: PER_ADDRESS.free, waiting: 8_192, waitingPerKey: 256 };
const OF_USER = { running: ANY, runningPerKey: 1, waiting: 8_192, waitingPerKey: 64 };

export class LoginThrottle {
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  readonly #nodeCount: () => number;
  readonly #users: FailureTable;
  readonly #addresses: FailureTable;
  readonly #addressQueue = new FairQueue({ ...OF_ADDRESS, what: 'logins' });
  readonly #userQueue = new FairQueue({ ...OF_USER, what: 'logins', retryAfterMs: PER_USER.longestDelayMs });

  /** @param nodeCount how many nodes share these users, this one included */
  constructor(clock: Clock, sleep: Sleep, nodeCount: () => number = () => 1, limits = LIMITS) {
    this.#nodeCount = nodeCount;
    this.#clock = clock;
    this.#sleep = sleep;
    this.#users = new FailureTable(limits);
    this.#addresses = new FailureTable(limits);
  }

  /**
   * Waits for the delay of this attempt, then makes it.
   * @param user a digest: one for each account, whether it was named by id or by name
   * @param prove resolves to undefined if the attempt failed
   * @throws DomainError `too_many`, with nothing checked and nothing recorded, or as FairQueue.run
   */
  async attempt<T>(
    user: string,
    { address, signal }: Caller,
    prove: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    if (address === undefined) return this.#ofUser(user, 0, signal, prove);
    const network = digestOf(networkOf(address));
    const admitted = async () => {
      const now = this.#clock.monotonic();
      const known = this.#addresses.recall(network, now);
      const turn = Math.max(now, known.busyUntil) + this.#delay(known, PER_ADDRESS);
      if (turn - now > LONGEST_QUEUE_MS) throw tooMany(turn - now);
      this.#addresses.remember(network, { count: known.count + 1, last: now, busyUntil: turn });
      const inTurn = () => this.#ofUser(user, turn - now, signal, prove);
      const proved = await (known.count < QUEUES_AFTER
        ? inTurn()
        : this.#userQueue.run(user, inTurn, signal));
      if (proved === undefined) return undefined;
      // Forgets only this user's failures: an address with one good password may still guess at others.
      const current = this.#addresses.recall(network, this.#clock.monotonic());
      this.#addresses.remember(network, { ...current, count: Math.max(0, current.count - 1) });
      return proved;
    };
    return this.#addressQueue.run(network, admitted, signal);
  }

  async #ofUser<T>(
    user: string,
    addressWait: Duration,
    signal: AbortSignal | undefined,
    prove: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const now = this.#clock.monotonic();
    const known = this.#users.recall(user, now);
    this.#users.remember(user, { count: known.count + 1, last: now, busyUntil: now });
    const wait = Math.max(addressWait, this.#delay(known, PER_USER));
    if (wait > 0) await this.#sleep(wait, signal);
    const proved = await prove();
    if (proved !== undefined) this.#users.forget(user);
    return proved;
  }

  #delay({ count }: Failures, { free, firstDelayMs, longestDelayMs }: DelaySchedule): Duration {
    const parts = Math.min(Math.max(1, this.#nodeCount()), MOST_PARTS);
    const costs = count - Math.ceil(free / parts);
    return costs < 0 ? 0 : parts * Math.min(longestDelayMs, firstDelayMs * 2 ** costs);
  }

  get remembered(): { readonly users: number; readonly addresses: number; readonly bytes: number } {
    const bytes = this.#users.bytes + this.#addresses.bytes;
    return { users: this.#users.size, addresses: this.#addresses.size, bytes };
  }
}

function tooMany(wait: Duration): DomainError {
  return new DomainError('too_many', 'Too many failed logins from this address; try again later', {
    retryAfterMs: wait,
  });
}

/** An IPv6 client owns a whole network: it can choose from 64 bits of addresses. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [before = [], after] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const gap = after === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...gap, ...(after ?? [])].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

/** Uses the runtime's timers. */
export async function sleepUnlessGone(ms: Duration, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {
    throw new CallerGone();
  });
}
