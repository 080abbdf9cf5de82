/**
 * Spreads the requests of many connections over turns of the event loop. The runtime passes on every request that has
 * arrived, hundreds in one turn, and whatever came last waits for all of them. Here requests begin only for a few
 * milliseconds of a turn; those that are left take turns by address, and those of one address by their credentials.
 */

export interface RequestTurnsOptions {
  readonly now: () => number;
  /** Runs something after the sockets have been looked at again. */
  readonly nextTurn: (run: () => void) => void;
  /** Milliseconds of one turn in which requests begin. */
  readonly budget?: number;
}

export interface RequestOrigin {
  readonly address: string;
  readonly credentials: string;
}

type Begin = () => void;
/** Requests by credentials; in both maps the key that was served least recently is the first. */
type Lanes = Map<string, Begin[]>;

const BUDGET_MS = 3;

export class RequestTurns {
  readonly #options: RequestTurnsOptions;
  readonly #budget: number;
  readonly #waiting = new Map<string, Lanes>();
  /** When the first request of this turn began. */
  #began: number | undefined;
  #isPlanned = false;

  constructor(options: RequestTurnsOptions) {
    this.#options = options;
    this.#budget = options.budget ?? BUDGET_MS;
  }

  /** Begins a request now or in a later turn. `origin` is asked only where requests wait. */
  run(origin: () => RequestOrigin, begin: Begin): void {
    if (this.#waiting.size === 0 && this.#hasTime()) {
      begin();
      return;
    }
    const { address, credentials } = origin();
    const lanes = this.#waiting.get(address);
    if (lanes?.get(credentials) === undefined && this.#hasTime()) begin();
    else if (lanes === undefined) this.#waiting.set(address, new Map([[credentials, [begin]]]));
    else push(lanes, credentials, begin);
  }

  /** Resolves when every request that waits now has begun. */
  async caughtUp(): Promise<void> {
    const passed: Promise<void>[] = [];
    for (const lanes of this.#waiting.values()) {
      for (const lane of lanes.values()) {
        passed.push(new Promise((resolve) => lane.push(resolve)));
      }
    }
    await Promise.all(passed);
  }

  #hasTime(): boolean {
    const now = this.#options.now();
    if (this.#began === undefined) {
      this.#began = now;
      this.#plan();
    }
    return now - this.#began < this.#budget;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#options.nextTurn(this.#turn);
  }

  readonly #turn = (): void => {
    this.#isPlanned = false;
    this.#began = undefined;
    if (this.#waiting.size > 0) void this.#serve();
  };

  async #serve(): Promise<void> {
    const { now } = this.#options;
    const end = now() + this.#budget;
    do {
      this.#next()?.();
      // What the request does right after it began counts as well.
      await undefined;
    } while (this.#waiting.size > 0 && now() < end);
    if (this.#waiting.size > 0) this.#plan();
  }

  #next(): Begin | undefined {
    const [address] = this.#waiting;
    if (address === undefined) return undefined;
    const [key, lanes] = address;
    const [first] = lanes;
    const [credentials, lane] = first as [string, Begin[]];
    const begin = lane.shift();
    lanes.delete(credentials);
    if (lane.length > 0) lanes.set(credentials, lane);
    this.#waiting.delete(key);
    if (lanes.size > 0) this.#waiting.set(key, lanes);
    return begin;
  }
}

function push(lanes: Lanes, credentials: string, begin: Begin): void {
  const lane = lanes.get(credentials);
  if (lane === undefined) lanes.set(credentials, [begin]);
  else lane.push(begin);
}
