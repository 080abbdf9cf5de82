/**
 * A bounded queue, shared fairly: each key (a user, a project, an address) gets its turn, and no key can fill the
 * queue. The queue drops work whose caller leaves before it starts.
 */
import { DomainError } from '../domain/errors.ts';

export interface FairQueueLimits {
  /** Limits of running work, over all keys and per key. */
  readonly running: number;
  readonly runningPerKey: number;
  /**
   * Limits of waiting work. Above the limit of one key, new work is refused with `too_many`; above that of all keys,
   * with `unavailable`.
   */
  readonly waiting: number;
  readonly waitingPerKey: number;
  /** What is queued, as refusals name it: `logins`. */
  readonly what: string;
  readonly retryAfterMs?: number;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
}

interface Lane {
  running: number;
  /** First come, first served; a set, so that removing an item needs no search. */
  readonly waiting: Set<Waiting>;
}

/** The caller hung up. Nobody receives this error and nothing went wrong: it is not logged. */
export class CallerGone extends DomainError {
  constructor() {
    super('unavailable', 'The client is gone');
  }
}

export class FairQueue {
  readonly #limits: FairQueueLimits;
  readonly #lanes = new Map<string, Lane>();
  /** Keys with waiting work, least recently served first. */
  readonly #turns = new Set<string>();
  #running = 0;
  #waiting = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Number of keys with running or waiting work. */
  get keys(): number {
    return this.#lanes.size;
  }

  /**
   * @param signal aborts when the caller leaves; the queue does not interrupt work that has started @throws
   * DomainError `too_many` or `unavailable` above a limit, CallerGone; otherwise what `work` throws
   */
  async run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw new CallerGone();
    const lane = this.#lane(key);
    if (this.#mayStart(lane)) this.#take(lane);
    else await this.#wait(key, lane, signal);
    try {
      return await work();
    } finally {
      lane.running--;
      this.#running--;
      this.#forgetIfIdle(key, lane);
      this.#startNext();
    }
  }

  #mayStart(lane: Lane): boolean {
    return this.#running < this.#limits.running && lane.running < this.#limits.runningPerKey;
  }

  #take(lane: Lane): void {
    lane.running++;
    this.#running++;
  }

  #wait(key: string, lane: Lane, signal: AbortSignal | undefined): Promise<void> {
    const { waiting, waitingPerKey, what, retryAfterMs = 1_000 } = this.#limits;
    if (lane.waiting.size >= waitingPerKey)
      throw new DomainError(
        'too_many',
        `You have too many ${what} waiting already (${waitingPerKey}); try again`,
        {
          retryAfterMs,
        },
      );
    if (this.#waiting >= waiting && !this.#evict(lane)) {
      this.#forgetIfIdle(key, lane);
      throw this.#full();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        lane.waiting.delete(one);
        this.#waiting--;
        if (lane.waiting.size === 0) this.#turns.delete(key);
        signal?.removeEventListener('abort', abort);
      };
      const one: Waiting = {
        start: () => {
          leave();
          this.#take(lane);
          resolve();
        },
        refuse: (error) => {
          leave();
          this.#forgetIfIdle(key, lane);
          reject(error);
        },
      };
      const abort = () => one.refuse(new CallerGone());
      signal?.addEventListener('abort', abort, { once: true });
      lane.waiting.add(one);
      this.#waiting++;
      this.#turns.add(key);
    });
  }

  /** A full queue admits new work by dropping the last item of the key that has the most. */
  #evict(newcomer: Lane): boolean {
    let longest = newcomer;
    for (const key of this.#turns) {
      const lane = this.#lanes.get(key);
      if (lane !== undefined && lane.waiting.size > longest.waiting.size + 1) longest = lane;
    }
    if (longest === newcomer) return false;
    [...longest.waiting].at(-1)?.refuse(this.#full());
    return true;
  }

  #full(): DomainError {
    const { what, retryAfterMs = 1_000 } = this.#limits;
    return new DomainError('unavailable', `Too many ${what} at once; try again`, { retryAfterMs });
  }

  #startNext(): void {
    for (const key of this.#turns) {
      if (this.#running >= this.#limits.running) return;
      const lane = this.#lanes.get(key);
      const [next] = lane?.waiting ?? [];
      if (lane === undefined || next === undefined || !this.#mayStart(lane)) continue;
      next.start();
      // The key moves to the end of the round.
      if (this.#turns.delete(key)) this.#turns.add(key);
    }
  }

  #lane(key: string): Lane {
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane = { running: 0, waiting: new Set() };
    this.#lanes.set(key, lane);
    return lane;
  }

  #forgetIfIdle(key: string, lane: Lane): void {
    if (lane.running === 0 && lane.waiting.size === 0) this.#lanes.delete(key);
  }
}
