import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../config/values.ts';

/** For commander: milliseconds, of which 0 is a useful one. */
export function parseAcceptance(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError('Write seconds, or a number with s, m, h or d, such as 7d.');
  return ms;
}
