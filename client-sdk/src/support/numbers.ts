/** Checks durations and limits of the application. A wrong one would make a timer that fires at once, or never. */
import { UsageError } from '../errors.ts';

/** Timers of every platform count in 32 bits. */
const LARGEST = 2 ** 31 - 1;

/** @throws UsageError naming the option, its value and the limits. Undefined passes: the default applies. */
export function checkMs(option: string, value: number | undefined, least = 0): void {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= LARGEST)) return;
  throw new UsageError(
    `the option "${option}" is ${String(value)}: give milliseconds from ${least} to ${LARGEST}`,
  );
}

/** @throws UsageError naming the option, its value and the limits. Undefined passes: the default applies. */
export function checkCount(option: string, value: number | undefined, least = 1): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= LARGEST)) return;
  throw new UsageError(
    `the option "${option}" is ${String(value)}: give a whole number from ${least} to ${LARGEST}`,
  );
}
