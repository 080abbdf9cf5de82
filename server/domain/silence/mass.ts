/**
 * Rules for a mass silence: many services of one zone fall silent together, so that this process must check whether it
 * can receive.
 */
import type { Duration } from '../clock.ts';

/** Fewer silences than this never count, even in a small zone. */
const FEWEST = 3;
const SHARE = 0.3;

/**
 * @param silent how many fell silent within the window @param watched how many were live when the window began, from
 * the present numbers: a threshold from an old, higher number would never be reached again
 */
export function isMass(silent: number, watched: number): boolean {
  return silent >= Math.max(FEWEST, SHARE * watched);
}

/** Silences at most this far apart belong together. */
export function massWindow(serviceDownTime: Duration): Duration {
  return serviceDownTime / 2;
}

/** How long a mass silence may be held back while its cause is unknown. */
export function massHold(serviceDownTime: Duration, longest: Duration): Duration {
  return Math.min(serviceDownTime / 2, longest);
}

/** A service heard no longer ago than this reports as usual: it cannot be late yet. */
export function heardAsUsual(reportInterval: Duration, serviceDownTime: Duration): Duration {
  return Math.min(1.5 * reportInterval, serviceDownTime / 2);
}

/** Has it missed a report, without being silent yet? */
export function isLate(age: Duration, reportInterval: Duration): boolean {
  return age > 1.5 * reportInterval;
}
