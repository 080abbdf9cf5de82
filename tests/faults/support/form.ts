import process from 'node:process';

export const LONG = process.env.HOSTBEAT_FAULTS_LONG === '1';

/** How many times slower than usual agents report and are judged. */
export const PACE = Number(process.env.HOSTBEAT_FAULTS_PACE ?? 1);
/** What a run throws in which nothing is wrong but what a machine without time for it would do as well. */
export const TOO_SLOW = 'this machine may be too slow';

/** One line of the account that a run gives. */
export function say(text: string): void {
  process.stdout.write(`\n   ${text}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
