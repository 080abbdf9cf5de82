import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../config/values.ts';

/** For commander: milliseconds of a flag such as `90d`. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1_000)
    throw new InvalidArgumentError('Write seconds, or a number with s, m, h or d, such as 90d.');
  return ms;
}
