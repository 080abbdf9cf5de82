import process from 'node:process';

export const LONG = process.env.HOSTBEAT_FAULTS_LONG === '1';

/** One line of the account that a run gives. */
export function say(text: string): void {
  process.stdout.write(`\n   ${text}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks again and again until it is so. @throws if it is not so after `ms` */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  ms = 60_000,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await sleep(25);
  }
}
