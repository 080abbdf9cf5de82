import type { Duration, Monotonic } from '../../domain/clock.ts';

/** The golden ratio's fraction spreads consecutive numbers evenly over a circle, however many there are. */
const SPREAD = 0.618_033_988_749_895;
/** An agent this close to its phase keeps its interval. */
const CLOSE = 1 / 32;
/** Largest part of an interval that a hint takes off, so that no agent has to hurry. */
const STEP = 1 / 4;

/**
 * When a service should report next. Agents that start together, after an outage or a roll-out, would otherwise report
 * together for ever. So each has its own phase in the interval, and its reports move there within a few reports. Never
 * longer than the interval. @param place a number of its own: the slot of its service, or of the first service of a
 * batch
 */
export function intervalHint(place: number, now: Monotonic, reportInterval: Duration): Duration {
  const behind = now / reportInterval - place * SPREAD;
  const late = behind - Math.floor(behind);
  if (late < CLOSE || late > 1 - CLOSE) return reportInterval;
  return Math.round(reportInterval * (1 - Math.min(late, STEP)));
}
