/**
 * Spreads the requests of many connections over turns of the event loop. The runtime passes on every request that has
 * arrived, hundreds in one turn, and whatever came last waits for all of them. Here requests begin only for a few
 * milliseconds of a turn; those that are left take turns by address, and those of one address by their credentials.
 * Requests that bring reports have turns of their own: a look for silent hosts waits for them, and for no others.
 *
 * Node accepts one connection in each turn. Where thousands wait, a look for silent hosts, which waits for them, would
 * take as many turns: while it waits, most turns begin nothing but reports, and are short.
 */
import { type Begin, type RequestOrigin, WaitingRequests } from './waiting-requests.ts';

export interface RequestTurnsOptions {
  readonly now: () => number;
  /** Runs something after the sockets have been looked at again. */
  readonly nextTurn: (run: () => void) => void;
  /** Milliseconds of one turn in which requests begin. */
  readonly budget?: number;
}

const BUDGET_MS = 3;
/** While a look waits for connections, one of this many turns begins other requests too, so that none starves. */
const OTHERS_EVERY = 8;

export class RequestTurns {
  readonly #options: RequestTurnsOptions;
  readonly #budget: number;
  readonly #reports = new WaitingRequests();
  readonly #others = new WaitingRequests();
  /** How many callers wait for the reports that have arrived. */
  #awaitingReports = 0;
  #isReportsTurn = false;
  /** How many callers wait for the connections that have arrived. */
  #awaitingConnections = 0;
  #turns = 0;
  /** When the first request of this turn began. */
  #began: number | undefined;
  #isPlanned = false;

  constructor(options: RequestTurnsOptions) {
    this.#options = options;
    this.#budget = options.budget ?? BUDGET_MS;
  }

  /** Begins a request now or in a later turn. `origin` is asked only where requests wait. */
  run(isReport: boolean, origin: () => RequestOrigin, begin: Begin): void {
    const mayBegin = isReport || this.#mayBeginOthers;
    if (mayBegin && this.#isIdle && this.#hasTime()) {
      begin();
      return;
    }
    const queue = isReport ? this.#reports : this.#others;
    const from = origin();
    if (mayBegin && !queue.has(from) && this.#hasTime()) begin();
    else {
      queue.add(from, begin);
      this.#plan();
    }
  }

  /** @param accepted resolves when the connections that have arrived are accepted. Until then turns are short. */
  async whileAccepting(accepted: Promise<void>): Promise<void> {
    this.#awaitingConnections++;
    try {
      await accepted;
    } finally {
      this.#awaitingConnections--;
    }
  }

  /**
   * Resolves when every report that waits now has begun. Until then no other request begins while a report waits, so
   * that a flood of slow requests puts off no look for silent hosts.
   */
  async caughtUp(): Promise<void> {
    this.#awaitingReports++;
    await this.#reports.begun();
    this.#awaitingReports--;
  }

  get #mayBeginOthers(): boolean {
    return this.#awaitingConnections === 0 || this.#turns % OTHERS_EVERY === 0;
  }

  get #isIdle(): boolean {
    return this.#reports.isEmpty && this.#others.isEmpty;
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
    this.#turns++;
    this.#began = undefined;
    if (!this.#isIdle) void this.#serve();
  };

  async #serve(): Promise<void> {
    const { now } = this.#options;
    const end = now() + this.#budget;
    for (let next = this.#next(); next !== undefined; next = now() < end ? this.#next() : undefined) {
      next();
      // What the request does right after it began counts as well.
      await undefined;
    }
    if (!this.#isIdle) this.#plan();
  }

  /** Reports and others alternate, unless somebody waits for the reports. */
  #next(): Begin | undefined {
    if (!this.#mayBeginOthers) return this.#reports.next();
    this.#isReportsTurn = this.#awaitingReports > 0 || !this.#isReportsTurn;
    const [first, second] = this.#isReportsTurn
      ? [this.#reports, this.#others]
      : [this.#others, this.#reports];
    return first.next() ?? second.next();
  }
}
