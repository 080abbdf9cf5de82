import type { Duration } from './domain/clock.ts';

/** Calls `then` back once, after `after` milliseconds. Returns how to prevent it. */
export type SetTimer = (then: () => void, after: Duration) => () => void;

/** What makes things happen later. Handed in, so that a test decides when later is. */
export interface Timers {
  readonly setTimer: SetTimer;
  /** Resolves when the event loop has read its sockets once more. */
  nextTurn(): Promise<void>;
}

/** What a timer of the platform can wait at most; beyond, it would fire at once. */
const LONGEST: Duration = 2 ** 31 - 1;

export const systemTimers: Timers = {
  setTimer(then, after) {
    const timer = setTimeout(then, Math.min(after, LONGEST));
    return () => clearTimeout(timer);
  },
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
};
