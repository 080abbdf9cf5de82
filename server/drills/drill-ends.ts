/** Ends every drill when its time is up, including drills whose end passed while no server ran. */
import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
import { type Drill, onDrillEnded, remainingOf } from '../domain/drill.ts';
import type { Store } from '../ports/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SetTimer } from '../timers.ts';

/** Another node may have started a drill, and stopped before its end. */
const LOOK_AGAIN: Duration = 10_000;
const AFTER_FAILURE: Duration = 1_000;

export interface DrillEndsOptions {
  readonly store: Pick<Store, 'updateDrills' | 'drills'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly setTimer: SetTimer;
  readonly logger: Pick<Logger, 'warn'>;
}

export class DrillEnds {
  readonly #with: DrillEndsOptions;
  /** By id: when the drill ends, by the monotonic clock, which nobody can set back. */
  #ends = new Map<string, Monotonic>();
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: DrillEndsOptions) {
    this.#with = options;
  }

  /** Ends the drills whose time is up, and waits for the next end. Resolves when that is done; never rejects. */
  look(): Promise<void> {
    this.#running = this.#running.then(() => this.#look());
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#running;
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    this.#cancel();
    let next = LOOK_AGAIN;
    try {
      next = Math.min(next, await this.#endThoseOver());
    } catch (error) {
      this.#with.logger.warn({ err: error }, 'a drill could not be ended; trying again');
      next = AFTER_FAILURE;
    }
    if (!this.#closed) this.#cancel = this.#with.setTimer(() => void this.look(), next);
  }

  /** @returns how long it is until the next end */
  async #endThoseOver(): Promise<Duration> {
    const { store, clock } = this.#with;
    const drills = await store.drills();
    const now = clock.monotonic();
    this.#ends = new Map(drills.map((drill) => [drill.id, this.#endOf(drill, now)]));
    const over = drills.filter(({ id }) => (this.#ends.get(id) ?? 0) <= now);
    const ended = await Promise.allSettled(over.map((drill) => this.#end(drill)));
    const failed = ended.find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    const waiting = [...this.#ends.values()].filter((end) => end > now);
    return waiting.reduce((soonest, end) => Math.min(soonest, end - now), Number.POSITIVE_INFINITY);
  }

  #endOf(drill: Drill, now: Monotonic): Monotonic {
    const end = now + remainingOf(drill, this.#with.clock.now());
    return Math.min(end, this.#ends.get(drill.id) ?? end);
  }

  #end({ id, projectId, servers }: Drill): Promise<void> {
    const { store, clock } = this.#with;
    return store.updateDrills(projectId, servers, (drills, stateOf) =>
      onDrillEnded(drills, id, clock.now(), stateOf),
    );
  }
}
