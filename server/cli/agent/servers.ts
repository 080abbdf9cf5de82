/**
 * The servers that an agent may report to, one at a time: chooses the next one after a failure, how long the agent
 * waits before it, and the line that it prints.
 */
import { ServerList } from '../connection/endpoints.ts';
import { type AgentEndpoint, LinkLost } from './link.ts';
import { moveDelay, retryDelay } from './schedule.ts';

export interface ServerFailure {
  /** Equal for failures of which only the first is printed. */
  readonly state: string;
  readonly line: string;
  wait(intervalMs: number, random: () => number): number;
}

/** The longest time, in reports, for which an agent stays with a server that cannot pass its reports on. */
const MOST_SKIPPED = 8;

export class Servers {
  readonly #endpoints: ServerList<AgentEndpoint>;
  /** Failures since the last report that counted. */
  #failures = 0;
  /** Servers tried since one said that it cannot pass reports on. */
  readonly #tried = new Set<string>();
  #skip = 0;
  #nextSkip = 1;

  constructor(endpoints: readonly AgentEndpoint[]) {
    this.#endpoints = new ServerList(endpoints);
  }

  get current(): AgentEndpoint {
    return this.#endpoints.current;
  }

  get areSeveral(): boolean {
    return this.#endpoints.areSeveral;
  }

  /** How often all of them have failed since the last report that was answered. */
  get rounds(): number {
    return Math.floor(this.#failures / this.#endpoints.all.length);
  }

  /** The link works. */
  answered(): void {
    this.#failures = 0;
  }

  /** A refusal by hostbeat itself is the same everywhere: the agent stays. After anything else it goes to the next server. */
  failed(error: Error, isRefused: boolean): ServerFailure {
    const { all, current, areSeveral } = this.#endpoints;
    const retryAfter = error instanceof LinkLost ? error.retryAfterMs : undefined;
    const before = this.#failures++;
    const count = all.length;
    const backOff: ServerFailure['wait'] = (intervalMs, random) =>
      retryDelay(Math.floor(before / count), intervalMs, retryAfter, random);
    const words =
      areSeveral && !error.message.includes(current.url) ? `${current.url}: ${error.message}` : error.message;
    if (isRefused || !areSeveral)
      return { state: isRefused ? 'refused' : 'lost', line: `${words}; keeps trying`, wait: backOff };
    this.#tried.add(current.url);
    this.#endpoints.moveOn();
    const wait = this.#failures % count === 0 ? backOff : moveDelay;
    if (this.#failures < count)
      return { state: `lost ${current.url}`, line: `${words}; tries ${this.current.url}`, wait };
    return { state: 'lost', line: `${words}; none of the ${count} servers answers; keeps trying`, wait };
  }

  /** A report has counted for all of hostbeat. */
  passedOn(): void {
    this.#tried.clear();
    this.#skip = 0;
    this.#nextSkip = 1;
  }

  /**
   * The server accepted the report and cannot pass it on. The agent tries each other server once. While all of them are
   * like that, it stays where it is for one report, then for two, and so on: an outage of the database must not keep
   * all agents moving.
   * @returns whether to go to the next server
   */
  isWorthLeaving(): boolean {
    const { all, current, areSeveral } = this.#endpoints;
    if (!areSeveral) return false;
    this.#tried.add(current.url);
    if (this.#skip > 0) {
      this.#skip -= 1;
      return false;
    }
    if (this.#tried.size < all.length) return true;
    this.#tried.clear();
    this.#skip = this.#nextSkip;
    this.#nextSkip = Math.min(MOST_SKIPPED, 2 * this.#nextSkip);
    return false;
  }
}
