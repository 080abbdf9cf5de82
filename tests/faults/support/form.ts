import process from 'node:process';

export const LONG = process.env.HOSTBEAT_FAULTS_LONG === '1';

/** How many times slower than usual agents report and are judged. */
export const PACE = Number(process.env.HOSTBEAT_FAULTS_PACE ?? 1);
/** What a run throws in which agents could not keep their intervals. */
export const TOO_SLOW = 'this machine is too slow';

/** One line of the account that a run gives. */
export function say(text: string): void {
  process.stdout.write(`\n   ${text}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
