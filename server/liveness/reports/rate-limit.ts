/**
 * Limits how many reports one agent may send. A token bound to hosts gets what its hosts can need, with much to
 * spare: an agent in a tight loop must not take the event loop from all others. Operators, and gateways for all
 * hosts, are trusted.
 */
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { Identity } from '../../identity/identity.ts';

/** Reports per host and second: five binaries twice a second, at the shortest allowed interval. */
const PER_SECOND = 10;
/** Seconds' worth of reports that may come at once, after a connection was lost. */
const BURST = 10;

interface Bucket {
  left: number;
  at: Monotonic;
}

export class ReportRateLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By agent; as many as there are tokens. A full bucket is the same as no bucket. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** @returns how long the agent must wait before this number is accepted; 0 if it is accepted now */
  take({ kind, userId, hosts }: Identity, reports: number): Duration {
    if (kind !== 'agent' || hosts.includes('*')) return 0;
    const now = this.#clock.monotonic();
    const rate = PER_SECOND * hosts.length;
    const most = rate * BURST;
    const bucket = this.#buckets.get(userId) ?? { left: most, at: now };
    this.#buckets.set(userId, bucket);
    bucket.left = Math.min(most, bucket.left + (rate * (now - bucket.at)) / 1_000);
    bucket.at = now;
    // A batch larger than the whole bucket is accepted when the bucket is full: it must be able to pass.
    const needed = Math.min(reports, most);
    if (needed > bucket.left) return Math.ceil(((needed - bucket.left) * 1_000) / rate);
    bucket.left -= needed;
    return 0;
  }
}
