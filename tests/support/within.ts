/** Time limits that no test should reach: a busy machine may be slow, and must not fail a test. */
const LONGEST = 30_000;

/** A generous deadline: a test that waits for ever fails with the name of what it waited for. */
export async function within<T>(what: string, promise: Promise<T>, ms = LONGEST): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * For conditions without a notification: looks again, less and less often, until it is true. @throws if that takes
 * longer than `ms`
 */
export async function until(
  what: string | (() => string),
  isSo: () => boolean | Promise<boolean>,
  ms = LONGEST,
): Promise<void> {
  const end = performance.now() + ms;
  for (let pause = 1; !(await isSo()); pause = Math.min(25, 2 * pause)) {
    if (performance.now() > end)
      throw new Error(`waited ${ms} ms for ${typeof what === 'string' ? what : what()}`);
    await new Promise((again) => setTimeout(again, pause));
  }
}

/** A promise with its own resolve. */
export function signal<T = void>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, resolve };
}
