import type { Duration, Monotonic } from '../../domain/clock.ts';

/** The golden ratio's fraction spreads consecutive numbers evenly over a circle, however many there are. */
const SPREAD = 0.618_033_988_749_895;
/** So close to its place an agent is left alone. */
const CLOSE = 1 / 32;
/** At most this much of an interval is taken off, so that no agent is asked to hurry. */
const STEP = 1 / 4;

/**
 * When a service is asked to report next. Agents that started together, after an outage or a roll-out, would report
 * together for ever; each therefore has its own place in the interval, to which its reports are drawn within a few of them.
 * Never longer than the interval.
 * @param place a number of its own: the slot of its service, of several the first
 */
export function intervalHint(place: number, now: Monotonic, reportInterval: Duration): Duration {
  const behind = now / reportInterval - place * SPREAD;
  const late = behind - Math.floor(behind);
  if (late < CLOSE || late > 1 - CLOSE) return reportInterval;
  return Math.round(reportInterval * (1 - Math.min(late, STEP)));
}
