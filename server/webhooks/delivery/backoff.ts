import type { Duration, Instant } from '../../domain/clock.ts';
import type { Webhook } from '../../ports/webhook-store.ts';
import type { PostOutcome } from './post.ts';

const FIRST: Duration = 2_000;
const LONGEST: Duration = 3_600_000;
/** The time for which an endpoint may fail before its webhook is parked. */
const PATIENCE: Duration = 24 * 3_600_000;
/** This many failures take longer than that, unless the wall clock was set meanwhile. */
const FEWEST_ATTEMPTS = 24;

/**
 * The wait after this many failed attempts. It doubles each time; `random` chooses within its upper half. 0 <= random <
 * 1.
 */
export function pauseAfter(attempts: number, random: number): Duration {
  const full = Math.min(LONGEST, FIRST * 2 ** (attempts - 1));
  return Math.round(full / 2 + (random * full) / 2);
}

type Trouble = Pick<Webhook, 'attempts' | 'failingSince' | 'nextAttemptAt' | 'lastError'>;

/** The fields of a webhook whose endpoint accepts what it is sent. */
export const UNTROUBLED: Trouble = { attempts: 0, failingSince: null, nextAttemptAt: null, lastError: null };

export interface DeliveryFailure {
  readonly trouble: Trouble;
  /** The time until the next attempt. */
  readonly pause: Duration;
  /** Why no further attempt is made, if none is. */
  readonly giveUp?: string;
}

/** What follows from one more failed attempt. 0 <= random < 1 */
export function afterFailure(
  before: Trouble,
  { error, retryAfter = 0, gone }: Extract<PostOutcome, { delivered: false }>,
  now: Instant,
  random: number,
): DeliveryFailure {
  const attempts = before.attempts + 1;
  const failingSince = before.failingSince ?? now;
  const pause = Math.max(pauseAfter(attempts, random), Math.min(retryAfter, LONGEST));
  const failure = {
    trouble: { attempts, failingSince, nextAttemptAt: now + pause, lastError: error },
    pause,
  };
  if (gone) return { ...failure, giveUp: 'the endpoint says that it is gone (410)' };
  if (now - failingSince >= PATIENCE && attempts >= FEWEST_ATTEMPTS)
    return { ...failure, giveUp: `nothing was accepted for 24 hours; last error: ${error}` };
  return failure;
}
