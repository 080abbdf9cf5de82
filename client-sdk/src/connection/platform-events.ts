/**
 * Calls `wake` when the connection should be checked again, and says whether the network seems
 * to be there. Returns a function that stops it.
 */
export type WakeUps = (wake: (online: boolean) => void) => () => void;

/**
 * In browsers: the network appears or vanishes, or a hidden page, whose timers may have been suspended, is shown again.
 * All of these are hints: a browser that says "offline" may still reach a server on its own machine. Elsewhere there
 * are no such events.
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
