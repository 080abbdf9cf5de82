/**
 * Calls `wake` when what was believed of the connection should be looked at again, and says whether the network seems
 * to be there. Returns how to stop.
 */
export type WakeUps = (wake: (online: boolean) => void) => () => void;

/**
 * In browsers: the network comes or goes, and a hidden page, whose timers may have been held, is seen again. All of these
 * are hints: a browser that says "offline" may well reach a server on its own machine. Elsewhere there are no such events.
 */
export const platformWakeUps: WakeUps = (wake) => {
  const { document, addEventListener: listen } = globalThis as Partial<typeof globalThis>;
  const stop = new AbortController();
  const { signal } = stop;
  listen?.('online', () => wake(true), { signal });
  listen?.('offline', () => wake(false), { signal });
  document?.addEventListener('visibilitychange', () => document.hidden || wake(true), { signal });
  return () => stop.abort();
};
