/**
 * Limits how many reports one agent may send. A token bound to hosts may send far more than its hosts need, but an
 * agent in a tight loop must not take the event loop away from all others. Operators, and gateways for all hosts, have
 * no limit.
 */
import type { Clock, Duration } from '../../domain/clock.ts';
import type { Identity } from '../../identity/identity.ts';
import { TokenBucket } from '../../limits/token-bucket.ts';

/** Reports per host and second: five binaries twice a second, at the shortest allowed interval. */
const PER_SECOND = 10;
/** Burst size in seconds: what an agent may send at once after a lost connection. */
const BURST = 10;

export class ReportRateLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By agent: at most one for each token. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** @returns how long the agent must wait before this number is accepted; 0 if it is accepted now */
  take({ kind, userId, hosts }: Identity, reports: number): Duration {
    if (kind !== 'agent' || hosts.includes('*')) return 0;
    const now = this.#clock.monotonic();
    const perSecond = PER_SECOND * hosts.length;
    const bucket = this.#buckets.get(userId) ?? new TokenBucket({ burst: perSecond * BURST, perSecond }, now);
    this.#buckets.set(userId, bucket);
    return bucket.take(now, reports);
  }
}
