/**
 * Calls `wake` when what was believed of the connection should be looked at again, and says whether the network seems
 * to be there. Returns how to stop.
 */
export type WakeUps = (wake: (online: boolean) => void) => () => void;

/**
 * In browsers: the network comes or goes, and the page is seen again after its timers were held (hidden, frozen, kept
 * for "back"). All of these are hints: a browser that says "offline" may well reach a server on its own machine.
 * Elsewhere nothing of the kind is told.
 */
export const platformWakeUps: WakeUps = (wake) => {
  const { document, addEventListener } = globalThis as Partial<typeof globalThis>;
  if (addEventListener === undefined) return () => {};
  const stop = new AbortController();
  const on = (target: EventTarget, names: readonly string[], online: boolean) => {
    const look = () => {
      if (document?.visibilityState !== 'hidden') wake(online);
    };
    for (const name of names) target.addEventListener(name, look, { signal: stop.signal });
  };
  on(globalThis as unknown as EventTarget, ['online', 'pageshow'], true);
  on(globalThis as unknown as EventTarget, ['offline'], false);
  if (document !== undefined) on(document, ['visibilitychange', 'resume'], true);
  return () => stop.abort();
};
