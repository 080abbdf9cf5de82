import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../config/values.ts';

/** For commander: milliseconds; 0 is allowed. */
export function parseAcceptance(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError('Write seconds, or a number with s, m, h or d, such as 7d.');
  return ms;
}
