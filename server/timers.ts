import type { Duration } from './domain/clock.ts';

/** Calls `then` back once, after `after` milliseconds. Returns how to prevent it. */
export type SetTimer = (then: () => void, after: Duration) => () => void;

/** Sets timers. Handed in, so that tests control when they fire. */
export interface Timers {
  readonly setTimer: SetTimer;
  /** Resolves when the event loop has read its sockets once more. */
  nextTurn(): Promise<void>;
}

/** Longest delay that a platform timer supports; beyond it, it would fire at once. */
const LONGEST: Duration = 2 ** 31 - 1;

export const systemTimers: Timers = {
  setTimer(then, after) {
    const timer = setTimeout(then, Math.min(after, LONGEST));
    return () => clearTimeout(timer);
  },
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
};
