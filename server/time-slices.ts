/**
 * Long work of all requests shares one slice of time in each turn of the event loop, so that reports, commits and
 * sockets wait for one slice at most, whatever was asked for and by how many. Work is a generator: it yields where it
 * may be interrupted, and those that are under way take turns.
 */
import { CallerGone } from './fair-queue.ts';
import { systemTimers, type Timers } from './timers.ts';

/** Yields where others may go on, and a promise where it has to wait for something itself. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, undefined>;

/** What a piece of work may ask about itself. */
export interface Pace {
  /** Milliseconds that it has used so far, without the step it is in. */
  readonly spent: number;
}

export interface SlicesOptions {
  readonly now: () => number;
  readonly nextTurn: Timers['nextTurn'];
  /** Milliseconds of one turn that all work together may take. One step may take it beyond that. */
  readonly slice?: number;
}

interface Work extends Pace {
  spent: number;
  /** One step. @returns whether there is more to do now; false if it is over or waits */
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
   * Begins at once if this turn has time left. What is aborted ends where it is: its `finally` runs, nothing after.
   * @throws CallerGone when the signal is aborted, and what the steps throw
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
      /** What it waited for failed: it hears of it where it waits. */
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

  /** How much work is under way and does not wait for anything but its turn. */
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

/** There is one event loop, and so there is one. */
export const timeSlices = new TimeSlices({ now: () => performance.now(), nextTurn: systemTimers.nextTurn });
