/** Runs background work: logs failures, and lets a shutdown wait for running work. */
import type { Duration } from '../domain/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Timers } from '../timers.ts';

export class BackgroundTasks {
  readonly #timers: Pick<Timers, 'setTimer'>;
  readonly #logger: Pick<Logger, 'error'>;
  readonly #stops = new Set<() => void>();
  readonly #working = new Set<Promise<void>>();

  constructor(timers: Pick<Timers, 'setTimer'>, logger: Pick<Logger, 'error'>) {
    this.#timers = timers;
    this.#logger = logger;
  }

  run(what: string, work: Promise<void>): void {
    const done: Promise<void> = work.then(
      () => void this.#working.delete(done),
      (error: unknown) => {
        this.#working.delete(done);
        this.#logger.error({ err: error }, `${what} failed`);
      },
    );
    this.#working.add(done);
  }

  /**
   * Repeats until the shutdown, whether or not the last run has ended. @param wait how long until the next run; called
   * each time after the work has started @returns a function that calls `wait` again
   */
  repeat(what: string, work: () => Promise<void>, wait: () => Duration): () => void {
    let cancel = () => {};
    const stop = () => cancel();
    const plan = () => {
      cancel = this.#timers.setTimer(() => {
        if (!this.#stops.has(stop)) return;
        this.run(what, work());
        plan();
      }, wait());
    };
    this.#stops.add(stop);
    plan();
    return () => {
      if (!this.#stops.has(stop)) return;
      cancel();
      plan();
    };
  }

  /** Resolves when no work is running. */
  async end(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#stops.clear();
    await Promise.all(this.#working);
  }
}
