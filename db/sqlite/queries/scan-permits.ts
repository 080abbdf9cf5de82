/** Limits searches at once, in all and per caller, so that no caller's searches displace the others'. */
import type { Duration } from '../../../server/domain/clock.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import { FairQueue, type FairQueueLimits } from '../../../server/limits/fair-queue.ts';
import type { Pace, Steps } from '../../../server/limits/time-slices.ts';
import type { SetTimer } from '../../../server/timers.ts';

export interface ScanPermit {
  /** Resolves when the search may go on. @throws DomainError `unavailable` if too many wait, or this one for too long */
  readonly granted: Promise<void>;
  /** Gives the permit back, or gives up the wait for it. */
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
/** Time a list may take before it needs a permit: most need none. */
const FREE_MS = 4;

export class ScanPermits {
  readonly #queue: FairQueue;
  readonly #setTimer: SetTimer;
  /** Permits and waits by caller. */
  readonly #asked = new Map<string, number>();
  readonly #perCaller: number;

  constructor(setTimer: SetTimer, limits: Partial<FairQueueLimits> = {}) {
    this.#setTimer = setTimer;
    const all = { ...LIMITS, ...limits };
    this.#perCaller = all.runningPerKey;
    this.#queue = new FairQueue(all);
  }

  /** Does the caller search already as much as it may? Then its next list begins with a wait, however short it is. */
  isBusy(caller: string): boolean {
    return (this.#asked.get(caller) ?? 0) >= this.#perCaller;
  }

  ask(caller: string): ScanPermit {
    this.#count(caller, 1);
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
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#count(caller, -1);
      if (isTaken) giveBack();
      else leaving.abort();
    };
    return { granted, release };
  }

  #count(caller: string, by: number): void {
    const asked = (this.#asked.get(caller) ?? 0) + by;
    if (asked === 0) this.#asked.delete(caller);
    else this.#asked.set(caller, asked);
  }
}

/** Long work continues when it gets a permit, and always gives it back. */
export function* withScanPermit<T>(
  permits: ScanPermits,
  steps: Steps<T>,
  { caller, pace }: { readonly caller: string; readonly pace: Pace },
): Steps<T> {
  let permit: ScanPermit | undefined;
  try {
    if (permits.isBusy(caller)) {
      permit = permits.ask(caller);
      yield permit.granted;
    }
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value as T;
      yield value as undefined;
      if (permit !== undefined || pace.spent < FREE_MS) continue;
      permit = permits.ask(caller);
      yield permit.granted;
    }
  } finally {
    permit?.release();
  }
}

/** The same error for the caller, whatever the reason. */
function busy(): DomainError {
  return new DomainError(
    'unavailable',
    'Too many lists that must be searched are requested at once; try again, or request fewer at a time',
    { retryAfterMs: LIMITS.retryAfterMs ?? 0 },
  );
}
