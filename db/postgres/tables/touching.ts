/**
 * Changes of accounts, keys and webhooks that other processes cache: each is one commit that names whom it touches, so
 * that no process can miss it. The head row is locked last: writers that lock it first lock none of these tables.
 */
import type { Clock } from '../../../server/domain/clock.ts';
import type { Touched } from '../../../server/ports/committed.ts';
import type { Queryable } from '../connection/driver.ts';
import type { Reads } from '../connection/reads.ts';
import type { NodePgDatabase } from '../drizzle.ts';

export interface TouchingOptions {
  readonly reads: Reads;
  readonly node: number;
  readonly clock: Pick<Clock, 'now'>;
  /** Wakes the other processes. */
  readonly channel: string;
  /** This process should look for the commit. */
  readonly committed: () => void;
}

export interface AccountChange<T> {
  readonly result: T;
  /** If empty, nothing was changed. */
  readonly touched: readonly Touched[];
}

export class Touching {
  readonly #options: TouchingOptions;
  /** Shorter than those of the writer. */
  #nonce = 0;

  constructor(options: TouchingOptions) {
    this.#options = options;
  }

  async change<T>(work: (db: NodePgDatabase) => Promise<AccountChange<T>>): Promise<T> {
    const { reads, committed } = this.#options;
    const { result, touched } = await reads.transaction(async (asked, db) => {
      const change = await work(db);
      if (change.touched.length > 0) await this.#commit(asked, change.touched);
      return change;
    });
    if (touched.length > 0) committed();
    return result;
  }

  async #commit(asked: Queryable, touched: readonly Touched[]): Promise<void> {
    const { node, clock, channel } = this.#options;
    this.#nonce -= 1;
    await asked.query({ name: 'take head for touched', text: 'UPDATE head SET head = head + 1' });
    await asked.query({
      name: 'add touched',
      text: `INSERT INTO commits (id, at, node, nonce, log_up_to, touched)
        SELECT head, $1, $2, $3, coalesce((SELECT log_up_to FROM commits ORDER BY id DESC LIMIT 1), 0), $4 FROM head`,
      values: [clock.now(), node, this.#nonce, JSON.stringify(touched)],
    });
    await asked.query({ text: `NOTIFY ${channel}` });
  }
}
