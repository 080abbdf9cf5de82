/** Time limits that no test should reach: a busy machine may be slow, and must not fail a test. */

const LONGEST_MS = 30_000;
/** After waits without success in the same file. */
const SHORTEST_MS = 2_000;

/**
 * On a broken build most waits of a file have no success, and each of them at full length would take an hour: the first one
 * says enough.
 */
let waitsInVain = 0;
let files = 0;

/** A new test file begins: what was wrong with the one before it does not matter here, nor what it still waits for. */
export function renewPatience(): void {
  waitsInVain = 0;
  files += 1;
}

function waitedInVain(during: number): void {
  if (during === files) waitsInVain += 1;
}

function patience(longest = LONGEST_MS): number {
  return waitsInVain === 0
    ? longest
    : Math.min(longest, Math.max(SHORTEST_MS, LONGEST_MS / 4 ** waitsInVain));
}

/** A generous deadline: a test that waits for ever fails with the name of what it waited for. */
export async function within<T>(what: string, promise: Promise<T>, longest?: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ms = patience(longest);
  const during = files;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      waitedInVain(during);
      reject(new Error(`waited ${ms} ms for ${what}`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * For conditions without a notification: looks again, less and less often, until it is true. @throws if that takes
 * longer than `longest`
 */
export async function until(
  what: string | (() => string),
  isSo: () => boolean | Promise<boolean>,
  longest?: number,
): Promise<void> {
  const ms = patience(longest);
  const during = files;
  const end = performance.now() + ms;
  for (let pause = 1; !(await isSo()); pause = Math.min(25, 2 * pause)) {
    if (performance.now() > end) {
      waitedInVain(during);
      throw new Error(`waited ${ms} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((again) => setTimeout(again, pause));
  }
}

/** A promise with its own resolve. */
export function signal<T = void>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, resolve };
}
