/** Calls `run` after `ms`; returns a function that cancels it. */
export type SetTimer = (run: () => void, ms: number) => () => void;

/** Beyond this, platforms fire a timer at once instead of later. */
const LONGEST_MS = 2 ** 31 - 1;

export const realTimer: SetTimer = (run, ms) => {
  const timer = setTimeout(run, Math.min(ms, LONGEST_MS));
  return () => clearTimeout(timer);
};

/**
 * A deadline that is moved ahead repeatedly. When it passes, it waits one more turn of the event loop before it counts:
 * a process that was busy or asleep finds its timers due before it reads the frames that wait in the socket.
 */
export class Timeout {
  readonly #setTimer: SetTimer;
  #cancel: (() => void) | undefined;

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer;
  }

  /** Replaces an earlier deadline. */
  arm(ms: number, onPassed: () => void): void {
    this.clear();
    this.#cancel = this.#setTimer(() => {
      this.#cancel = this.#setTimer(() => {
        this.#cancel = undefined;
        onPassed();
      }, 0);
    }, ms);
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
