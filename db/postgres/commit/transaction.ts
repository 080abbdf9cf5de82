/**
 * One transaction of the writer: two round trips. The first takes the lock and reads all rows that the decisions need,
 * the second writes and commits. Listeners are called before any caller is answered.
 */
import type { Clock } from '../../../server/domain/clock.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import type { LogRow } from '../../../server/ports/log.ts';
import type { UnnumberedRow } from '../../transaction-changes.ts';
import type { Client } from '../connection/driver.ts';
import { isDatabases, isLost, isRefusedRow, refusal, Unanswered, unavailable } from '../connection/errors.ts';
import type { Writer } from '../connection/writer.ts';
import { allOf } from './answers.ts';
import { appendLog, numbered } from './append-log.ts';
import type { Command } from './commit-queue.ts';
import { beginEntry, ClockJumps, newEntry } from './lineage-entry.ts';
import { lookForCommit } from './lost-answer.ts';
import { Rows, readInto, Wanted } from './reads.ts';
import { type CommandsRun, runAll } from './run-commands.ts';
import { Unit } from './unit.ts';
import type { WriteHealth } from './write-health.ts';
import { writesOf } from './writes.ts';

/** How long an answer may take before the connection counts as lost; nothing was committed then. */
const READ_MS = 8_000;
/** How long a commit may be unconfirmed before that is logged, and before another connection looks for it. */
const SAY_MS = 10_000;
const ASK_MS = 60_000;

export interface TransactionsContext {
  readonly writer: Writer;
  readonly clock: Clock;
  readonly health: WriteHealth;
  readonly node: number;
  /** What the head row must say, if one process alone may write. */
  readonly fence: () => number | undefined;
  /** Wakes the other processes that follow this log; undefined without others. */
  readonly wake: string | undefined;
  /** Calls the listeners in the order of commits; resolves when they were called with this one. */
  readonly committed: (id: number, logUpTo: number, committed: Committed) => Promise<void> | undefined;
}

interface Prepared {
  readonly id: number;
  readonly logUpTo: number;
  readonly at: number;
  /** Entry of the lineage; a new one where the wall clock has jumped. */
  readonly entry: number;
  readonly jumped: boolean;
  readonly nonce: number;
  readonly rows: readonly UnnumberedRow[];
  readonly unit: Unit;
  /** New services got their ids. */
  readonly moved: boolean;
}

export class Transactions {
  readonly #around: TransactionsContext;
  readonly #jumps: ClockJumps;
  #nonce = 0;

  constructor(around: TransactionsContext) {
    this.#around = around;
    this.#jumps = new ClockJumps(around.clock);
  }

  /** Settles or fails each command. @returns the commands that the transaction did not take */
  readonly run = async (batch: readonly Command[]): Promise<readonly Command[]> => {
    try {
      return await this.#attempt(batch);
    } catch (error) {
      // One command breaks a constraint: it is run alone, and refused alone.
      if (batch.length > 1 && isRefusedRow(error)) {
        for (const command of batch) await this.run([command]);
        return [];
      }
      if (isDatabases(error) && !isRefusedRow(error)) this.#around.health.failed(error);
      const refused = error instanceof DomainError ? error : refusal(error);
      for (const command of batch) command.fail(refused);
      return [];
    }
  };

  async #attempt(batch: readonly Command[]): Promise<readonly Command[]> {
    const { writer, health } = this.#around;
    const { client } = writer;
    if (health.isFinal || client === undefined) throw unavailable(new Error(health.words));
    let taken: Taken;
    try {
      taken = await this.#decide(client, batch);
      const { unit, rows } = taken;
      const writes = writesOf(unit);
      if (writes.length + rows.length === 0 && !unit.isProbe) {
        await client.query({ text: 'ROLLBACK' });
        return taken.finish();
      }
      const prepared = this.#prepare(taken);
      await this.#commit(client, prepared, writes);
    } catch (error) {
      if (!(error instanceof DomainError) && isLost(error)) writer.lost(client, error);
      else client.query({ text: 'ROLLBACK' }).catch(() => undefined);
      throw error;
    }
    health.passed();
    return taken.finish();
  }

  /** The first round trip, and further ones for rows that turned out to be needed. */
  async #decide(client: Client, batch: readonly Command[]): Promise<Taken> {
    const { writer } = this.#around;
    const timer = setTimeout(
      () => writer.lost(client, new Unanswered('the connection gives no answer')),
      READ_MS,
    );
    try {
      let wanted = new Wanted();
      for (const command of batch) command.wants(wanted);
      const rows = new Rows();
      const [, head, last] = await allOf([
        client.query({ text: 'BEGIN' }),
        client.query({
          name: 'take head',
          text: 'UPDATE head SET head = head + 1 RETURNING head, fence, next_service_id, entry',
        }),
        client.query({
          name: 'last commit',
          text: `SELECT (SELECT log_up_to FROM commits ORDER BY id DESC LIMIT 1) AS log_up_to,
            EXISTS (SELECT 1 FROM drills) AS drills`,
        }),
        readInto(rows, wanted, client) as Promise<undefined>,
      ]);
      const { head: id, fence, next_service_id: nextServiceId, entry } = head?.rows[0] ?? {};
      this.#refuseFenced(fence);
      const { log_up_to, drills } = last?.rows[0] ?? {};
      const logUpTo = log_up_to ?? 0;
      for (;;) {
        const unit = new Unit(rows, nextServiceId, drills);
        wanted = new Wanted();
        const run = runAll(batch, unit, wanted, fence);
        if (wanted.isNothingMissing)
          return { ...run, id, logUpTo, nextServiceId, entry, unit, rows: unit.news.rows() };
        await readInto(rows, wanted, client);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #refuseFenced(fence: number): void {
    const mine = this.#around.fence();
    if (mine === undefined || fence === mine) return;
    const words = 'another hostbeat has taken this database; this one records nothing any more: stop it';
    this.#around.health.ended(words);
    throw unavailable(new Error(words));
  }

  #prepare({ id, logUpTo, entry, rows, unit, nextServiceId }: Taken): Prepared {
    this.#nonce += 1;
    const jumped = this.#jumps.look();
    return {
      id,
      logUpTo,
      at: this.#around.clock.now(),
      entry: jumped ? newEntry() : entry,
      jumped,
      nonce: this.#nonce,
      rows,
      unit,
      moved: unit.nextServiceId !== nextServiceId,
    };
  }

  /** The second round trip: no waiting between the first write and the commit. */
  async #commit(client: Client, prepared: Prepared, writes: ReturnType<typeof writesOf>): Promise<void> {
    const { writer, health, wake, committed, node } = this.#around;
    const { id, logUpTo, at, nonce, entry, jumped, rows, unit, moved } = prepared;
    const stamp = { commit: id, after: logUpTo, at, entry };
    const { services, removedServices } = unit.news.services();
    const end = logUpTo + rows.length;
    const say = setTimeout(
      () => health.say('PostgreSQL does not confirm a commit; a synchronous standby may be away'),
      SAY_MS,
    );
    const ask = setTimeout(
      () => writer.lost(client, new Unanswered('the connection confirms nothing')),
      ASK_MS,
    );
    let news: LogRow[];
    try {
      const answers = [
        ...(jumped ? beginEntry(entry, at, 'clock') : []).map((query) => client.query(query)),
        ...writes.map((write) => client.query(write)),
        ...(moved
          ? [
              client.query({
                name: 'next id',
                text: 'UPDATE head SET next_service_id = $1',
                values: [unit.nextServiceId],
              }),
            ]
          : []),
        client.query({
          name: 'add commit',
          text: 'INSERT INTO commits (id, at, node, nonce, log_up_to, services, removed) VALUES ($1, $2, $3, $4, $5, $6, $7)',
          values: [id, at, node, nonce, end, jsonUnlessEmpty(services), jsonUnlessEmpty(removedServices)],
        }),
      ];
      const appended = rows.length === 0 ? undefined : client.query(appendLog(rows, stamp));
      const over = client.query({ text: 'COMMIT' });
      // After the commit, and not waited for: it only saves others some milliseconds.
      if (wake !== undefined)
        client
          .query({ text: `BEGIN; SET LOCAL synchronous_commit = off; NOTIFY ${wake}; COMMIT` })
          .catch(() => undefined);
      const results = await allOf([...answers, ...(appended === undefined ? [] : [appended]), over]);
      if (results.at(-1)?.command !== 'COMMIT')
        throw new Error('PostgreSQL rolled back a transaction without an error');
      news = numbered(rows, (await appended)?.rows ?? [], stamp);
    } catch (error) {
      if (!isLost(error)) throw error;
      writer.lost(client, error);
      const found = await lookForCommit({ ...prepared, node, writer, upTo: end }, error);
      if (found === undefined) throw unavailable(error);
      news = found;
    } finally {
      clearTimeout(say);
      clearTimeout(ask);
    }
    await committed(id, end, { rows: news, services, removedServices });
  }
}

interface Taken extends CommandsRun {
  readonly id: number;
  readonly logUpTo: number;
  readonly entry: number;
  readonly nextServiceId: number;
  readonly unit: Unit;
  readonly rows: readonly UnnumberedRow[];
}

function jsonUnlessEmpty(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}
