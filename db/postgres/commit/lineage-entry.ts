/**
 * Entries of the lineage, as in SQLite: a new one with each start and each new connection, and with the first commit
 * after the wall clock has jumped, which is how a machine restored to an earlier state looks from inside.
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Duration, Instant, Monotonic } from '../../../server/domain/clock.ts';
import type { LineageEntry } from '../../../server/ports/log.ts';
import type { Query } from '../connection/driver.ts';

/** How far the wall clock may drift between two commits. */
const JUMP: Duration = 5_000;
/** Entries that are kept, for people to read: each row says by itself to which entry it belongs. */
const KEPT = 1_000;

/** Never 0, which marks a log before its first entry. */
export function newEntry(): number {
  return randomBytes(6).readUIntBE(0, 6) || 1;
}

/** Call it within a transaction that holds the head row. */
export function beginEntry(entry: number, at: Instant, why: LineageEntry['why']): Query[] {
  return [
    { text: 'UPDATE head SET entry = $1', values: [entry] },
    {
      text: 'INSERT INTO lineage (entry, at, head, why) SELECT $1, $2, head, $3 FROM head',
      values: [entry, at, why],
    },
    { text: `DELETE FROM lineage WHERE id <= (SELECT max(id) FROM lineage) - ${KEPT}` },
  ];
}

export class ClockJumps {
  readonly #clock: Clock;
  #wall: Instant;
  #monotonic: Monotonic;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wall = clock.now();
    this.#monotonic = clock.monotonic();
  }

  /** Has the wall clock jumped since the last time? */
  look(): boolean {
    const wall = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const jump = wall - this.#wall - (monotonic - this.#monotonic);
    this.#wall = wall;
    this.#monotonic = monotonic;
    return Math.abs(jump) >= JUMP;
  }
}
