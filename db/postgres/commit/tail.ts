/**
 * Announces commits in their order, this process's own and those of others. Commits are numbered under one lock, so a
 * reader sees all of them up to some number and none beyond: reading what is above the last announced one misses
 * nothing. Wake-ups only make it faster.
 */
import { clearInterval, setInterval } from 'node:timers';
import type { Committed } from '../../../server/ports/committed.ts';
import type { LogRow } from '../../../server/ports/log.ts';
import type { Logger } from '../../../server/telemetry/logger.ts';
import type { Queryable } from '../connection/driver.ts';
import { LOG_COLUMNS } from '../tables/rows.ts';

const POLL_MS = 250;
const COMMITS_AT_ONCE = 200;
/** Rows of the log that are read together, unless one commit has more. */
const ROWS_AT_ONCE = 2_000;

export interface Place {
  readonly commit: number;
  readonly logUpTo: number;
}

export interface TailOptions {
  readonly reads: Queryable;
  readonly logger: Logger;
  readonly announce: (committed: Committed) => void;
  /** Retention removed commits before they were announced here: listeners must read again what they cache. */
  readonly missed: (place: Place) => void;
}

interface CommitRow {
  readonly id: number;
  readonly log_up_to: number;
  readonly services: string | null;
  readonly removed: string | null;
  readonly touched: string | null;
}

export class Tail {
  readonly #options: TailOptions;
  readonly #own = new Map<number, Committed>();
  #place: Place;
  #reading: Promise<void> | undefined;
  #polls: ReturnType<typeof setInterval> | undefined;
  #closed = false;
  #readAt = performance.now();

  constructor(place: Place, options: TailOptions) {
    this.#place = place;
    this.#options = options;
  }

  /** Time since this process last read the commits of others with success. */
  quietFor(): number {
    return this.#polls === undefined ? 0 : performance.now() - this.#readAt;
  }

  get place(): Place {
    return this.#place;
  }

  /** Follows the commits of other processes too. */
  follow(): void {
    this.#polls = setInterval(() => this.wake(), POLL_MS);
    this.#polls.unref();
  }

  /** There may be a commit. */
  readonly wake = (): void => {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
  };

  /** An own commit: announced at once if no other commit lies between. */
  own(commit: number, logUpTo: number, committed: Committed): Promise<void> | undefined {
    if (commit === this.#place.commit + 1 && this.#reading === undefined) {
      this.#announce({ commit, logUpTo }, committed);
      return undefined;
    }
    this.#own.set(commit, committed);
    return this.upTo(commit);
  }

  /** Continues at another place: the log is another one, or commits in between were removed. */
  jump(place: Place): void {
    this.#own.clear();
    this.#place = place;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#polls);
    await this.#reading;
  }

  /** Resolves when this commit was announced. */
  async upTo(commit: number): Promise<void> {
    while (this.#place.commit < commit && !this.#closed) {
      const { commit: before } = this.#place;
      this.wake();
      await this.#reading;
      if (this.#place.commit === before) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Never rejects: a read that fails is repeated at the next poll. */
  async #read(): Promise<void> {
    try {
      while (!this.#closed && (await this.#page()));
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'commits could not be read; trying again in a moment');
    }
  }

  /** @returns whether there may be more */
  async #page(): Promise<boolean> {
    const { reads } = this.#options;
    const { commit: from, logUpTo: logFrom } = this.#place;
    const { rows } = await reads.query({
      name: 'commits',
      text: `SELECT id, log_up_to, services, removed, touched FROM commits WHERE id > $1 ORDER BY id LIMIT ${COMMITS_AT_ONCE}`,
      values: [from],
    });
    const found = rows as CommitRow[];
    const [first] = found;
    this.#readAt = performance.now();
    if (first === undefined || this.#place.commit !== from) return false;
    if (first.id > from + 1) {
      this.#options.missed(this.#place);
      return false;
    }
    const page = found.filter(({ id, log_up_to }) => id === first.id || log_up_to - logFrom <= ROWS_AT_ONCE);
    const upTo = page.at(-1)?.log_up_to ?? logFrom;
    const log = await reads.query({
      name: 'log of commits',
      text: `SELECT commit, ${LOG_COLUMNS} FROM log WHERE id > $1 AND id <= $2 ORDER BY id`,
      values: [logFrom, upTo],
    });
    if (this.#place.commit !== from) return false;
    // Ids of rows have no holes: retention removed a missing row before it was read.
    if (log.rows.length < upTo - logFrom) {
      this.#options.missed(this.#place);
      return false;
    }
    const byCommit = Map.groupBy(log.rows as (LogRow & { commit: number })[], ({ commit }) => commit);
    for (const row of page) {
      const logged = (byCommit.get(row.id) ?? []).map(({ commit: _, ...logRow }) => logRow);
      this.#announce(
        { commit: row.id, logUpTo: row.log_up_to },
        this.#own.get(row.id) ?? committedOf(row, logged),
      );
    }
    return true;
  }

  #announce(place: Place, committed: Committed): void {
    this.#place = place;
    this.#own.delete(place.commit);
    this.#options.announce(committed);
  }
}

function committedOf({ services, removed, touched }: CommitRow, rows: readonly LogRow[]): Committed {
  return {
    rows,
    services: parsed(services),
    removedServices: parsed(removed),
    ...(touched === null ? {} : { touched: parsed(touched) }),
  };
}

function parsed<T>(json: string | null): T[] {
  return json === null ? [] : (JSON.parse(json) as T[]);
}
