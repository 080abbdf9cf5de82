/**
 * Group commit, as in SQLite: commands of one turn of the event loop share one transaction, and commands that come
 * during a transaction share the next.
 */
import { setImmediate } from 'node:timers';
import { DomainError } from '../../../server/domain/errors.ts';
import type { CommitPriority } from '../../../server/ports/store.ts';
import type { Wanted } from './reads.ts';
import type { Unit } from './unit.ts';

/** Bound of one transaction, so that an urgent command waits for milliseconds only. */
const MAX_COMMANDS = 500;

export interface Command {
  /** Says which rows to read for it. */
  wants(wanted: Wanted): void;
  /** Decides. May run more than once; the last run counts. */
  run(unit: Unit): void;
  /** What the head row must say; without it the head row may say anything. */
  readonly fence?: number | undefined;
  /** The transaction is committed: gives the caller the result of `run`. */
  settle(): void;
  fail(error: DomainError): void;
}

/** Commits a batch, settling or failing its commands. @returns the commands that did not fit */
export type Transact = (batch: readonly Command[]) => Promise<readonly Command[]>;

export class CommitQueue {
  readonly #transact: Transact;
  #urgent: Command[] = [];
  #normal: Command[] = [];
  #running: Promise<void> | undefined;
  /** Commands to offer to the next transaction: it reads the rows of all of them, also of those that do not fit. */
  #most = MAX_COMMANDS;
  #closed = false;

  /** @param transact must not reject */
  constructor(transact: Transact) {
    this.#transact = transact;
  }

  add<T>(
    work: Pick<Command, 'wants'> & { run(unit: Unit): T },
    { urgent = false, fence }: CommitPriority = {},
  ): Promise<T> {
    if (this.#closed) return Promise.reject(new DomainError('unavailable', 'The database is closed'));
    return new Promise<T>((resolve, reject) => {
      (urgent ? this.#urgent : this.#normal).push({ ...commandOf(work, resolve, reject), fence });
      this.#running ??= this.#run();
    });
  }

  /** Commits what is waiting and accepts nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#urgent.length + this.#normal.length > 0) {
      // An urgent command gets its own transaction: shared work would delay its answer.
      const isUrgent = this.#urgent.length > 0;
      const queue = isUrgent ? this.#urgent : this.#normal;
      const batch = queue.splice(0, this.#most);
      const left = await this.#transact(batch);
      this.#most = left.length > 0 ? batch.length - left.length + 1 : Math.min(MAX_COMMANDS, 2 * this.#most);
      if (left.length === 0) continue;
      if (isUrgent) this.#urgent = [...left, ...this.#urgent];
      else this.#normal = [...left, ...this.#normal];
    }
    this.#running = undefined;
  }
}

function commandOf<T>(
  { wants, run }: Pick<Command, 'wants'> & { run(unit: Unit): T },
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): Command {
  let settle = () => {};
  return {
    wants,
    run(unit) {
      const value = run(unit);
      settle = () => resolve(value);
    },
    settle: () => settle(),
    fail: reject,
  };
}
