/**
 * The log's lineage: a new entry with each start, and with the first commit after the wall clock has jumped. Every
 * log row keeps the entry in which it was written, so clients that have seen more than a restored file holds will
 * notice.
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Duration, Instant, Monotonic } from '../../../../server/domain/clock.ts';
import type { LineageEntry } from '../../../../server/ports/log.ts';
import type { SqliteConnection } from '../../file/connection.ts';

/** How far the wall clock may drift between two commits; on a resumed machine it jumps by more. */
const JUMP: Duration = 5_000;
/** Entries that are kept, for people to read: each row says by itself to which entry it belongs. */
const KEPT = 1_000;

export class Lineage {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #clock: Clock;
  #entry: number;
  #wall: Instant;
  #monotonic: Monotonic;

  /** Begins an entry, because the closed file may have been replaced. */
  constructor({ client }: SqliteConnection, clock: Clock) {
    this.#statements = prepare(client);
    this.#clock = clock;
    this.#wall = clock.now();
    this.#monotonic = clock.monotonic();
    this.#entry = newEntry();
    client.transaction(() => this.#write('start'))();
  }

  /** The entry in which rows are written now. */
  get entry(): number {
    return this.#entry;
  }

  /** Call it within each transaction, before anything is written to the log. */
  look(): void {
    const wall = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const jump = wall - this.#wall - (monotonic - this.#monotonic);
    this.#wall = wall;
    this.#monotonic = monotonic;
    if (Math.abs(jump) < JUMP) return;
    // If this transaction is undone the entry still counts: only its line here is missing.
    this.#entry = newEntry();
    this.#write('clock');
  }

  entries(): LineageEntry[] {
    return this.#statements.list.all();
  }

  #write(why: LineageEntry['why']): void {
    this.#statements.add.run(this.#entry, this.#wall, why);
    this.#statements.forget.run(KEPT);
  }
}

/** Never 0, which marks rows from before there was a lineage. */
function newEntry(): number {
  return randomBytes(6).readUIntBE(0, 6) || 1;
}

function prepare(client: SqliteConnection['client']) {
  return {
    add: client.prepare<[number, number, string]>(
      `INSERT INTO lineage (entry, at, head, why) VALUES (?, ?, (SELECT coalesce(max(id), 0) FROM log), ?)`,
    ),
    forget: client.prepare<[number]>('DELETE FROM lineage WHERE id <= (SELECT max(id) FROM lineage) - ?'),
    list: client.prepare<[], LineageEntry>('SELECT entry, at, head, why FROM lineage ORDER BY id DESC'),
  };
}
