/**
 * Group commit: calls made in one turn of the event loop share one transaction and one disk sync. In a storm that
 * is the difference between a thousand commits a second and tens of thousands.
 */
import { DomainError } from '../../../server/domain/errors.ts';
import { type SetTimer, type Soon, systemTimers } from '../../../server/timers.ts';
import { type Client, isBusy, waitForOthers } from '../file/client.ts';
import { refusal, unavailable } from '../file/driver-errors.ts';

/** Bounds of one transaction, so that the event loop, and with it every urgent command, waits for milliseconds only. */
const MAX_COMMANDS = 500;
const MAX_ITEMS = 2_000;

/** After how many transactions a pause is used. */
const TRANSACTIONS_BETWEEN_PAUSES = 64;

/**
 * Interval and number of tries for a transaction that another program does not let begin. After two seconds in all
 * the callers get an error, and so does every later call at once, until a transaction succeeds.
 */
const BUSY_RETRY_MS = 20;
const BUSY_RETRIES = 100;
/** While a database is being closed nothing else is served, so the rest may wait for the other program. */
const BUSY_AT_CLOSE_MS = 5_000;

/** Handed in, so that a test or a simulation controls time. */
export interface CommitTimers {
  readonly soon: Soon;
  readonly setTimer: SetTimer;
}

/** What a transaction gathers while its commands run; `items` is the number of log items so far. */
export interface Gathering {
  readonly items: number;
}

export interface Committing<G extends Gathering, C> {
  begin(): G;
  /** Last act inside the transaction. */
  seal(gathering: G): C;
  /** Runs after the commit, before any of its promises resolves. Must not throw. */
  announce(committed: C): void;
  /** A transaction succeeded. */
  kept(): void;
  /** The transaction was undone, or could not begin; its callers get `unavailable` or `storage_full`. */
  failed(error: unknown): void;
  /** Transactions were committed and no command is waiting. Must not throw. */
  idle(): void;
}

interface Command<G> {
  run(gathering: G): void;
  /** The transaction is committed: the caller learns how `run` went. */
  settle(): void;
  fail(error: DomainError): void;
}

export class CommitQueue<G extends Gathering, C> {
  readonly #client: Client;
  readonly #committing: Committing<G, C>;
  readonly #timers: CommitTimers;
  readonly #transact: { immediate(batch: Command<G>[]): C };
  /** Sets keep the order of arrival and remove their first entry without moving the rest. */
  readonly #urgent = new Set<Command<G>>();
  readonly #normal = new Set<Command<G>>();
  #scheduled = false;
  #sincePause = 0;
  #busyTries = 0;
  #closed = false;

  constructor(client: Client, committing: Committing<G, C>, timers: CommitTimers = systemTimers) {
    this.#client = client;
    this.#committing = committing;
    this.#timers = timers;
    this.#transact = client.transaction((batch: Command<G>[]) => {
      const gathering = committing.begin();
      for (const command of this.#take(batch, () => gathering.items < MAX_ITEMS)) command.run(gathering);
      return committing.seal(gathering);
    });
  }

  /**
   * Runs `work` in the next transaction. An error that it throws concerns only its caller, unless it comes from
   * the database: then the whole transaction is undone.
   */
  add<T>(work: (gathering: G) => T, urgent = false): Promise<T> {
    if (this.#closed) return Promise.reject(new DomainError('unavailable', 'The database is closed'));
    return new Promise<T>((resolve, reject) => {
      (urgent ? this.#urgent : this.#normal).add(commandOf(work, resolve, reject));
      this.#schedule();
    });
  }

  /** Commits what is waiting and accepts nothing more. */
  close(): void {
    this.#closed = true;
    if (!this.#waiting()) return;
    waitForOthers(this.#client, BUSY_AT_CLOSE_MS);
    this.#busyTries = BUSY_RETRIES;
    while (this.#waiting()) this.#flush();
  }

  #waiting(): boolean {
    return this.#urgent.size + this.#normal.size > 0;
  }

  #schedule(again: 'soon' | 'later' = 'soon'): void {
    if (this.#scheduled || !this.#waiting()) return;
    this.#scheduled = true;
    const turn = () => {
      this.#scheduled = false;
      this.#schedule(this.#flush());
      if (!this.#scheduled && this.#sincePause >= TRANSACTIONS_BETWEEN_PAUSES)
        this.#timers.soon(() => this.#pause());
    };
    if (again === 'soon') this.#timers.soon(turn);
    else this.#timers.setTimer(turn, BUSY_RETRY_MS);
  }

  #pause(): void {
    if (this.#closed || this.#waiting()) return;
    this.#sincePause = 0;
    this.#committing.idle();
  }

  /**
   * Moves commands into the batch one by one until it is full. Urgent ones go first and share their transaction
   * with no others, whose work would delay them.
   */
  *#take(batch: Command<G>[], hasSpace: () => boolean): Generator<Command<G>> {
    const queue = this.#urgent.size > 0 ? this.#urgent : this.#normal;
    for (const command of queue) {
      if (batch.length === MAX_COMMANDS || !hasSpace()) return;
      queue.delete(command);
      batch.push(command);
      yield command;
    }
  }

  /** @returns when to look at the remaining commands */
  #flush(): 'soon' | 'later' {
    if (!this.#waiting()) return 'soon';
    const batch: Command<G>[] = [];
    let committed: C;
    try {
      committed = this.#transact.immediate(batch);
    } catch (error) {
      // An empty batch means that even BEGIN failed: then the next commands are the ones that cannot be served.
      if (batch.length === 0) {
        if (this.#mayStillBegin(error)) return 'later';
        for (const _ of this.#take(batch, () => true));
      }
      this.#committing.failed(error);
      for (const command of batch) command.fail(unavailable(error));
      return 'soon';
    }
    this.#begins();
    this.#sincePause += 1;
    this.#committing.kept();
    this.#committing.announce(committed);
    for (const command of batch) command.settle();
    return 'soon';
  }

  /**
   * Another program locks the file: its commands wait, and the event loop does not. The driver would wait while
   * everything else stands still, so from the first refusal on it must not wait.
   */
  #mayStillBegin(error: unknown): boolean {
    if (!isBusy(error) || this.#busyTries >= BUSY_RETRIES) return false;
    if (this.#busyTries === 0) waitForOthers(this.#client, 0);
    this.#busyTries += 1;
    return true;
  }

  #begins(): void {
    if (this.#busyTries === 0) return;
    this.#busyTries = 0;
    waitForOthers(this.#client);
  }
}

function commandOf<G, T>(
  work: (gathering: G) => T,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): Command<G> {
  let settle: () => void;
  return {
    run(gathering) {
      try {
        const value = work(gathering);
        settle = () => resolve(value);
      } catch (error) {
        const refused = refusal(error);
        settle = () => reject(refused);
      }
    },
    settle: () => settle(),
    fail: reject,
  };
}
