import type { Duration } from '../domain/clock.ts';

const FIRST: Duration = 2_000;
export const LONGEST: Duration = 3_600_000;
/** The time for which an endpoint may fail before its webhook is parked. */
export const PATIENCE: Duration = 24 * 3_600_000;
/** This many failures take longer than that, unless the wall clock was set meanwhile. */
export const FEWEST_ATTEMPTS = 24;

/**
 * The wait after this many failed attempts. It doubles each time; `random` chooses within its upper half. 0 <= random <
 * 1.
 */
export function pauseAfter(attempts: number, random: number): Duration {
  const full = Math.min(LONGEST, FIRST * 2 ** (attempts - 1));
  return Math.round(full / 2 + (random * full) / 2);
}
