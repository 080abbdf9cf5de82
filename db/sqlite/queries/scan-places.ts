/** Who may search at once: a few in all and fewer for each caller, so that nobody's searches push aside everybody else's. */
import type { Duration } from '../../../server/domain/clock.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import { FairQueue, type FairQueueLimits } from '../../../server/fair-queue.ts';
import type { SetTimer } from '../../../server/timers.ts';

export interface ScanPlace {
  /** Resolves when the search may go on. @throws DomainError `unavailable` if too many wait, or this one for too long */
  readonly granted: Promise<void>;
  /** Gives the place up, or the wait for it. */
  release(): void;
}

const LIMITS: FairQueueLimits = {
  running: 4,
  runningPerKey: 2,
  waiting: 128,
  waitingPerKey: 32,
  what: 'lists that must be searched',
  retryAfterMs: 5_000,
};

export const LONGEST_WAIT: Duration = 10_000;

export class ScanPlaces {
  readonly #queue: FairQueue;
  readonly #setTimer: SetTimer;

  constructor(setTimer: SetTimer, limits: Partial<FairQueueLimits> = {}) {
    this.#setTimer = setTimer;
    this.#queue = new FairQueue({ ...LIMITS, ...limits });
  }

  ask(caller: string): ScanPlace {
    const leaving = new AbortController();
    let isTaken = false;
    let giveBack = () => {};
    const granted = new Promise<void>((resolve, reject) => {
      const cancel = this.#setTimer(() => leaving.abort(), LONGEST_WAIT);
      const search = () => {
        isTaken = true;
        cancel();
        resolve();
        return new Promise<void>((over) => {
          giveBack = over;
        });
      };
      this.#queue.run(caller, search, leaving.signal).catch(() => {
        cancel();
        reject(busy());
      });
    });
    return { granted, release: () => (isTaken ? giveBack() : leaving.abort()) };
  }
}

/** Whatever the reason: to the caller it is one and the same. */
function busy(): DomainError {
  return new DomainError(
    'unavailable',
    'Too many lists that must be searched are asked for at once; try again, or ask for fewer at a time',
    { retryAfterMs: LIMITS.retryAfterMs ?? 0 },
  );
}
