/**
 * Shares one slice of time per event-loop turn among the long work of all requests, so that reports, commits and
 * sockets wait for at most one slice. Work is a generator: it yields where it may be interrupted, and the pieces
 * of work take turns.
 */
import { CallerGone } from './fair-queue.ts';
import { systemTimers, type Timers } from './timers.ts';

/** Yields where others may run, and yields a promise where it must wait. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, undefined>;

/** What a piece of work may ask about itself. */
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
  /** Runs one step. @returns whether there is more to do now; false if the work is over or waits */
  step(): boolean;
}

const SLICE_MS = 3;

export class TimeSlices {
  readonly #options: SlicesOptions;
  readonly #slice: number;
  #ready: Work[] = [];
  #used = 0;
  #isPlanned = false;
  #isRunning = false;

  constructor(options: SlicesOptions) {
    this.#options = options;
    this.#slice = options.slice ?? SLICE_MS;
  }

  /**
   * Starts at once if this turn has time left. An aborted run stops where it is: only its `finally` runs. @throws
   * CallerGone when the signal is aborted, and what the steps throw
   */
  run<T>(begin: (pace: Pace) => Steps<T>, signal?: AbortSignal): Promise<T> {
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
        try {
          const { done, value } = go();
          if (done) return end(() => resolve(value as T));
          if (value === undefined) return true;
          (value as Promise<unknown>).then(() => this.#add(work), fail);
          return false;
        } catch (error) {
          return end(() => reject(error));
        }
      };
      let isOver = false;
      const work: Work = { spent: 0, step };
      const steps = begin(work);
      const goOn = () => steps.next();
      let resume: () => IteratorResult<Promise<unknown> | undefined, T> = goOn;
      /** The promise it waited for failed: throw the error at its yield. */
      const fail = (error: unknown) => {
        resume = () => steps.throw(error);
        this.#add(work);
      };
      const abort = () => {
        if (isOver) return;
        end(() => reject(new CallerGone()));
        steps.return(undefined as T);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#add(work);
    });
  }

  /** Number of pieces of work that wait only for their turn. */
  get ready(): number {
    return this.#ready.length;
  }

  #add(work: Work): void {
    this.#ready.push(work);
    this.#go();
  }

  #go(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { now } = this.#options;
    let at = now();
    while (this.#used < this.#slice) {
      const work = this.#ready.shift();
      if (work === undefined) break;
      const more = work.step();
      const after = now();
      work.spent += after - at;
      this.#used += after - at;
      at = after;
      if (more) this.#ready.push(work);
    }
    this.#isRunning = false;
    if (this.#isPlanned || (this.#ready.length === 0 && this.#used === 0)) return;
    this.#isPlanned = true;
    void this.#options.nextTurn().then(() => {
      this.#isPlanned = false;
      this.#used = 0;
      if (this.#ready.length > 0) this.#go();
    });
  }
}

/** One instance, because there is one event loop. */
export const timeSlices = new TimeSlices({ now: () => performance.now(), nextTurn: systemTimers.nextTurn });
