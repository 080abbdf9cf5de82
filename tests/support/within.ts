/** No test is to wait so long: a machine that does many things at once may be slow, and must not make one fail. */
const LONGEST = 30_000;

/** A generous deadline on something that will happen: a test that waits for ever names what it waited for. */
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

/** For what nothing tells: looks again, ever more seldom, until it is so. @throws if that takes longer than `ms` */
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
