import type { Duration, Monotonic } from '../clock.ts';

/** The shortest service_down_time and report_interval that may be set. */
export const SHORTEST_PERIOD: Duration = 500;

/** The last instant at which a service heard at `heard` is still live. */
export function deadlineOf(heard: Monotonic, serviceDownTime: Duration): Monotonic {
  return heard + serviceDownTime;
}

/** The boundary is inclusive, as Nova's: exactly service_down_time after the last report a service is still live. */
export function isOverdue(deadline: Monotonic, now: Monotonic): boolean {
  return now > deadline;
}

/**
 * A service_down_time that is not above report_interval would call every service silent between two reports. Nova then
 * uses two and a half intervals, in whole seconds where that is at least one; so do we.
 */
export function correctedDownTime(reportInterval: Duration, serviceDownTime: Duration): Duration {
  if (serviceDownTime > reportInterval) return serviceDownTime;
  const corrected = reportInterval * 2.5;
  const wholeSeconds = Math.floor(corrected / 1000) * 1000;
  return wholeSeconds > reportInterval ? wholeSeconds : corrected;
}
