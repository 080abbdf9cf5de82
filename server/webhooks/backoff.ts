import type { Duration } from '../domain/clock.ts';

const FIRST: Duration = 2_000;
export const LONGEST: Duration = 3_600_000;
/** So long an endpoint may fail before it is parked. */
export const PATIENCE: Duration = 24 * 3_600_000;
/** It takes longer than that to fail so often, unless the wall clock was set meanwhile. */
export const FEWEST_ATTEMPTS = 24;

/** How long to wait after so many failed attempts: doubling, with the upper half drawn by lot. 0 <= random < 1. */
export function pauseAfter(attempts: number, random: number): Duration {
  const full = Math.min(LONGEST, FIRST * 2 ** (attempts - 1));
  return Math.round(full / 2 + (random * full) / 2);
}
