import type { Duration } from './domain/clock.ts';

/** Calls `then` back once, after `after` milliseconds. Returns how to prevent it. */
export type SetTimer = (then: () => void, after: Duration) => () => void;

/** Calls `then` back once, after the event loop has turned once. */
export type Soon = (then: () => void) => void;

/** Sets timers. Handed in, so that tests control when they fire. */
export interface Timers {
  readonly setTimer: SetTimer;
  /** Resolves when the event loop has read its sockets once more. */
  nextTurn(): Promise<void>;
}

/** Longest delay that a platform timer supports; beyond it, it would fire at once. */
const LONGEST: Duration = 2 ** 31 - 1;

export const systemTimers: Timers & { readonly soon: Soon } = {
  setTimer(then, after) {
    const timer = setTimeout(then, Math.min(after, LONGEST));
    return () => clearTimeout(timer);
  },
  soon: (then) => void setImmediate(then),
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Calls `act` again and again; a period that is a function is asked after each call. Returns how to end it. */
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
