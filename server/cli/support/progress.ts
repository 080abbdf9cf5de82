import type { Terminal } from './terminal.ts';

const EVERY_MS = 5_000;

/** Prints the progress of a long task every few seconds; prints nothing for a quick one. */
export function progressTo(
  terminal: Pick<Terminal, 'err'>,
  now: () => number = () => performance.now(),
): (what: string, done: number, of?: number) => void {
  let last = now();
  return (what, done, of) => {
    if (now() - last < EVERY_MS) return;
    last = now();
    terminal.err(`hostbeat: ${done}${of === undefined ? '' : ` of ${of}`} ${what}\n`);
  };
}
