/**
 * Shares one slice of time per event-loop turn among the long work of all requests, so that reports, commits and
 * sockets wait for at most one slice. Work is a generator that yields where other work may interrupt it. Keys (a
 * project) take turns, and so do the pieces of work of one key.
 */

import { systemTimers, type Timers } from '../timers.ts';
import { CallerGone } from './fair-queue.ts';

/** Yields where other work may run, and yields a promise where it must wait. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, undefined>;

/** What a piece of work can read about itself. */
export interface Pace {
  /** Milliseconds used so far, without the current step. */
  readonly spent: number;
}

export interface SlicesOptions {
  readonly now: () => number;
  readonly nextTurn: Timers['nextTurn'];
  /** Milliseconds that all work together may take in one turn. The last step may exceed it. */
  readonly slice?: number;
}

interface Work extends Pace {
  spent: number;
  readonly key: unknown;
  /** Runs one step. @returns whether there is more to do now; false if the work is finished or waits */
  step(): boolean;
}

const SLICE_MS = 3;

export class TimeSlices {
  readonly #options: SlicesOptions;
  readonly #slice: number;
  /** By key, least recently served first. */
  readonly #lanes = new Map<unknown, Work[]>();
  #used = 0;
  #isPlanned = false;
  #isRunning = false;

  constructor(options: SlicesOptions) {
    this.#options = options;
    this.#slice = options.slice ?? SLICE_MS;
  }

  /**
   * Starts at once if this turn has time left. An aborted run stops where it is: only its `finally` runs.
   * @param key the key that the work counts for; without one, the work is its own key
   * @throws CallerGone when the signal is aborted, and what the steps throw
   */
  run<T>(begin: (pace: Pace) => Steps<T>, signal?: AbortSignal, key?: unknown): Promise<T> {
    if (signal?.aborted) return Promise.reject(new CallerGone());
    return new Promise<T>((resolve, reject) => {
      const end = (settle: () => void) => {
        isOver = true;
        signal?.removeEventListener('abort', abort);
        settle();
        return false;
      };
      const step = (): boolean => {
        if (isOver) return false;
        const go = resume;
        resume = goOn;
        isStepping = true;
        try {
          const { done, value } = go();
          isStepping = false;
          if (isOver) return leave(value);
          if (done) return end(() => resolve(value as T));
          if (value === undefined) return true;
          (value as Promise<unknown>).then(() => this.#add(work), fail);
          return false;
        } catch (error) {
          isStepping = false;
          return end(() => reject(error));
        }
      };
      let isOver = false;
      let isStepping = false;
      const leave = (awaited?: unknown) => {
        if (awaited instanceof Promise) awaited.catch(() => undefined);
        steps.return(undefined as T);
        return false;
      };
      const work: Work = { spent: 0, key: key ?? step, step };
      const steps = begin(work);
      const goOn = () => steps.next();
      let resume: () => IteratorResult<Promise<unknown> | undefined, T> = goOn;
      /** The promise that the work waited for failed: throws the error at the work's yield. */
      const fail = (error: unknown) => {
        resume = () => steps.throw(error);
        this.#add(work);
      };
      const abort = () => {
        if (isOver) return;
        end(() => reject(new CallerGone()));
        // The step itself may have ended the caller.
        if (!isStepping) leave();
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#add(work);
    });
  }

  /** Number of pieces of work that wait only for their turn. */
  get ready(): number {
    let ready = 0;
    for (const lane of this.#lanes.values()) ready += lane.length;
    return ready;
  }

  #add(work: Work): void {
    this.#push(work);
    this.#go();
  }

  #push(work: Work): void {
    const lane = this.#lanes.get(work.key);
    if (lane === undefined) this.#lanes.set(work.key, [work]);
    else lane.push(work);
  }

  /** The next piece of work of the next key; the rest of that key waits until the other keys had their turn. */
  #next(): Work | undefined {
    const [first] = this.#lanes;
    if (first === undefined) return undefined;
    const [key, lane] = first;
    const work = lane.shift();
    this.#lanes.delete(key);
    if (lane.length > 0) this.#lanes.set(key, lane);
    return work;
  }

  #go(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { now } = this.#options;
    let at = now();
    while (this.#used < this.#slice) {
      const work = this.#next();
      if (work === undefined) break;
      const more = work.step();
      const after = now();
      work.spent += after - at;
      this.#used += after - at;
      at = after;
      if (more) this.#push(work);
    }
    this.#isRunning = false;
    if (this.#isPlanned || (this.#lanes.size === 0 && this.#used === 0)) return;
    this.#isPlanned = true;
    void this.#options.nextTurn().then(() => {
      this.#isPlanned = false;
      this.#used = 0;
      if (this.#lanes.size > 0) this.#go();
    });
  }
}

/** One instance, because there is one event loop. */
export const timeSlices = new TimeSlices({ now: () => performance.now(), nextTurn: systemTimers.nextTurn });

const MADE_AT_ONCE = 32;

/** `items.map(make)` that shares the event loop; where `make` returns a promise, the next item waits for it. */
export function inSlices<T, R>(
  items: readonly T[],
  make: (item: T) => R | Promise<R>,
  options: { readonly signal?: AbortSignal | undefined; readonly key?: unknown } = {},
): Promise<R[]> {
  return timeSlices.run(
    function* (): Steps<R[]> {
      const made: R[] = [];
      for (const item of items) {
        const one = make(item);
        if (one instanceof Promise) yield one.then((value: R) => made.push(value));
        else if (made.push(one) % MADE_AT_ONCE === 0) yield;
      }
      return made;
    },
    options.signal,
    options.key,
  );
}
