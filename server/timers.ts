import type { Duration } from './domain/clock.ts';

/** Calls `then` once, after `after` milliseconds. Returns a function that cancels it. */
export type SetTimer = (then: () => void, after: Duration) => () => void;

/** Calls `then` once, after the event loop has turned once. */
export type Soon = (then: () => void) => void;

/** Sets timers. Passed in, so that tests control when they fire. */
export interface Timers {
  readonly setTimer: SetTimer;
  /** Resolves when the event loop has read its sockets once more. */
  nextTurn(): Promise<void>;
}

/** The longest delay that a platform timer supports; a longer one would fire at once. */
const LONGEST: Duration = 2 ** 31 - 1;

export const systemTimers: Timers & { readonly soon: Soon } = {
  setTimer(then, after) {
    const timer = setTimeout(then, Math.min(after, LONGEST));
    return () => clearTimeout(timer);
  },
  soon: (then) => void setImmediate(then),
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
};

/**
 * Calls `act` again and again; if the period is a function, it is called after each run. Returns a function that ends
 * it.
 */
export function every(
  timers: Pick<Timers, 'setTimer'>,
  period: Duration | (() => Duration),
  act: () => void,
): () => void {
  let isOver = false;
  let cancel = () => {};
  const again = () => {
    const after = typeof period === 'number' ? period : period();
    cancel = timers.setTimer(() => {
      act();
      if (!isOver) again();
    }, after);
  };
  again();
  return () => {
    isOver = true;
    cancel();
  };
}
