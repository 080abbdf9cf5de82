/**
 * Slows those who guess passwords. Every attempt counts as failed until it is said to have succeeded, so that many at
 * once gain nothing. An account is never locked: whoever attacks it costs its owner some seconds at a login. An
 * address waits in a queue of its own, and beyond that is told to come back later.
 */
import { isIPv6 } from 'node:net';
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';

export type Sleep = (ms: Duration) => Promise<void>;

/** The address tried too often; nothing was checked. */
export class TooManyGuesses extends Error {
  override readonly name = 'TooManyGuesses';
  readonly retryAfterMs: Duration;

  constructor(retryAfterMs: Duration) {
    super('Too many failed logins from this address; try again later');
    this.retryAfterMs = retryAfterMs;
  }
}

interface Brake {
  /** Failures that cost nothing: people mistype. */
  readonly free: number;
  /** Of the first failure that costs; doubles with each. */
  readonly firstDelayMs: Duration;
  readonly longestDelayMs: Duration;
}

const PER_USER: Brake = { free: 5, firstDelayMs: 250, longestDelayMs: 4_000 };
/** Many people may stand behind one address. */
const PER_ADDRESS: Brake = { free: 20, firstDelayMs: 250, longestDelayMs: 8_000 };
const LONGEST_QUEUE_MS = 30_000;
const FORGET_AFTER_MS = 15 * 60_000;
export const MAX_REMEMBERED = 10_000;

interface Attempts {
  failures: number;
  last: Monotonic;
  busyUntil: Monotonic;
}

export class GuessBrake {
  readonly #clock: Clock;
  readonly #sleep: Sleep;
  /** By `user …` and `address …`, the longest untouched first. */
  readonly #remembered = new Map<string, Attempts>();

  constructor(clock: Clock, sleep: Sleep) {
    this.#clock = clock;
    this.#sleep = sleep;
  }

  /**
   * Waits for as long as this attempt must, then lets it be made.
   * @returns what to call if it succeeds
   * @throws TooManyGuesses
   */
  async attempt(user: string, address: string | undefined): Promise<() => void> {
    const now = this.#clock.monotonic();
    const ofUser = this.#recall(`user ${user}`, now);
    const ofAddress = address === undefined ? undefined : this.#recall(`address ${networkOf(address)}`, now);
    let wait = delay(ofUser.failures, PER_USER);
    if (ofAddress !== undefined) {
      const turn = Math.max(now, ofAddress.busyUntil) + delay(ofAddress.failures, PER_ADDRESS);
      if (turn - now > LONGEST_QUEUE_MS) throw new TooManyGuesses(turn - now);
      ofAddress.busyUntil = turn;
      ofAddress.failures++;
      wait = Math.max(wait, turn - now);
    }
    ofUser.failures++;
    if (wait > 0) await this.#sleep(wait);
    return () => {
      ofUser.failures = 0;
      // Only its own: whoever has one good password may still guess at others.
      if (ofAddress !== undefined) ofAddress.failures = Math.max(0, ofAddress.failures - 1);
    };
  }

  get remembered(): number {
    return this.#remembered.size;
  }

  #recall(key: string, now: Monotonic): Attempts {
    const known = this.#remembered.get(key);
    this.#remembered.delete(key);
    const fresh = known === undefined || now - known.last > FORGET_AFTER_MS;
    const attempts = fresh ? { failures: 0, last: now, busyUntil: now } : known;
    attempts.last = now;
    this.#remembered.set(key, attempts);
    const oldest = this.#remembered.keys().next();
    if (this.#remembered.size > MAX_REMEMBERED && !oldest.done) this.#remembered.delete(oldest.value);
    return attempts;
  }
}

/** Whoever has one address of IPv6 has all of its network: 64 bits to choose from. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [before = [], after] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const gap = after === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...gap, ...(after ?? [])].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

function delay(failures: number, brake: Brake): Duration {
  if (failures < brake.free) return 0;
  return Math.min(brake.longestDelayMs, brake.firstDelayMs * 2 ** (failures - brake.free));
}
