/**
 * How well hostbeat itself could observe, and since when: one entry for each change of its state. Kept in memory,
 * bounded, and stored later; while the database cannot store it, the newest entries wait here.
 */
import type { HealthCode, ObserverState } from '../../../client-sdk/protocol/downstream.ts';
import type { Clock, Duration, Instant, Monotonic } from '../../domain/clock.ts';
import {
  type ExplanationLog,
  OBSERVER_ENTRIES_KEPT,
  type ObserverEntry,
} from '../../ports/explanation-log.ts';

/** Number of entries that may wait while the database cannot store them. */
const MOST_UNSTORED = 200;
const RETRY_AFTER: Duration = 1_000;

export interface ObserverHistoryContext {
  /** Without it, the history ends with the process. */
  readonly log: Pick<ExplanationLog, 'noteObserver' | 'observerHistory'> | undefined;
  readonly clock: Clock;
  readonly run: (what: string, work: Promise<void>) => void;
}

interface Observed {
  state(): ObserverState;
  code(): HealthCode | undefined;
  reason(): string | undefined;
}

export class ObserverHistory {
  readonly #context: ObserverHistoryContext;
  #entries: ObserverEntry[] = [];
  #unstored: ObserverEntry[] = [];
  #last: Pick<ObserverEntry, 'state' | 'code'> | undefined;
  #storing: Promise<void> | undefined;
  #retryAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: ObserverHistoryContext) {
    this.#context = context;
  }

  /** @param lastSign the last moment at which a process on this database is known to have observed; null if never */
  async start(lastSign: Instant | null): Promise<void> {
    const { log, clock } = this.#context;
    this.#entries = [...((await log?.observerHistory()) ?? [])];
    const at = clock.now();
    const signs = [lastSign, this.#entries.at(-1)?.at].filter((sign) => typeof sign === 'number');
    const blind = signs.length === 0 ? 0 : Math.max(0, at - Math.max(...signs));
    this.#add({ at, state: 'started', code: null, reason: null, blind });
  }

  /**
   * Called at every look; costs two comparisons while nothing changes. @param pause the pause that this look noticed
   */
  look(observer: Observed, pause: Duration): void {
    const state = observer.state();
    const code = observer.code() ?? null;
    if (pause > 0 || this.#last?.state !== state || this.#last.code !== code) {
      this.#last = { state, code };
      const reason = observer.reason() ?? null;
      this.#add({ at: this.#context.clock.now(), state, code, reason, blind: Math.round(pause) });
    }
    if (this.#unstored.length > 0) this.#store();
  }

  /** The entry in force at that time, and those that began within `before` milliseconds before it; oldest first. */
  until(at: Instant, before: Duration): readonly ObserverEntry[] {
    const known = this.#entries.filter((entry) => entry.at - entry.blind <= at);
    const from = known.findLastIndex((entry) => entry.at <= at - before);
    return known.slice(Math.max(0, from));
  }

  async stop(): Promise<void> {
    this.#add({ at: this.#context.clock.now(), state: 'stopped', code: null, reason: null, blind: 0 });
    this.#retryAt = Number.NEGATIVE_INFINITY;
    await this.#storing;
    this.#store();
    await this.#storing;
  }

  #add(entry: ObserverEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > OBSERVER_ENTRIES_KEPT) this.#entries.shift();
    if (this.#context.log === undefined) return;
    this.#unstored.push(entry);
    if (this.#unstored.length > MOST_UNSTORED) this.#unstored.shift();
  }

  #store(): void {
    const { log, clock, run } = this.#context;
    if (log === undefined || this.#storing !== undefined || clock.monotonic() < this.#retryAt) return;
    const entries = this.#unstored;
    this.#unstored = [];
    this.#storing = log
      .noteObserver(entries)
      .catch(() => {
        this.#unstored = [...entries, ...this.#unstored].slice(-MOST_UNSTORED);
        this.#retryAt = clock.monotonic() + RETRY_AFTER;
      })
      .finally(() => {
        this.#storing = undefined;
      });
    run('storing the history of the observer', this.#storing);
  }
}
