/**
 * What one agent may send. A token that is bound to hosts has as many reports as its hosts can need, and many to spare:
 * a loop that forgot to wait must not take the event loop from everybody else. Operators and gateways for all hosts are
 * trusted not to.
 */
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { Identity } from '../../identity/identity.ts';

/** Reports for each host: five binaries twice a second, the shortest interval there is. */
const PER_SECOND = 10;
/** So many seconds' worth may come at once, after a connection was away. */
const BURST = 10;

interface Bucket {
  left: number;
  at: Monotonic;
}

export class ReportRateLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By agent; as many as there are tokens. One that is full again is as good as none. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** @returns how long the agent must wait before so many are taken; 0 if they are taken now */
  take({ kind, userId, hosts }: Identity, reports: number): Duration {
    if (kind !== 'agent' || hosts.includes('*')) return 0;
    const now = this.#clock.monotonic();
    const rate = PER_SECOND * hosts.length;
    const most = rate * BURST;
    const bucket = this.#buckets.get(userId) ?? { left: most, at: now };
    this.#buckets.set(userId, bucket);
    bucket.left = Math.min(most, bucket.left + (rate * (now - bucket.at)) / 1_000);
    bucket.at = now;
    // A batch that alone is more than all there can be is taken when nothing else was: it must be able to pass.
    const needed = Math.min(reports, most);
    if (needed > bucket.left) return Math.ceil(((needed - bucket.left) * 1_000) / rate);
    bucket.left -= needed;
    return 0;
  }
}
