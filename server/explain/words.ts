/** Writes times and durations for a verdict. */
import { type Duration, type Instant, rfc3339 } from '../domain/clock.ts';

export function timeText(at: Instant): string {
  return rfc3339(at);
}

/** As "0.4 s", "12 s", "3 min 20 s", "2 h 5 min", "4 d 3 h". */
export function durationText(ms: Duration): string {
  if (ms < 9_950) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return two(seconds, 60, 'min', 's');
  if (seconds < 86_400) return two(Math.round(seconds / 60), 60, 'h', 'min');
  return two(Math.round(seconds / 3_600), 24, 'd', 'h');
}

function two(small: number, per: number, bigUnit: string, smallUnit: string): string {
  const rest = small % per;
  return `${Math.floor(small / per)} ${bigUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}
