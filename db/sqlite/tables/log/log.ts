import type { Instant } from '../../../../server/domain/clock.ts';
import type { LogRow, Numbering, StreamBounds, StreamName } from '../../../../server/ports/log.ts';
import { type Floor, floorBehind } from '../../../floors.ts';
import type { UnnumberedRow } from '../../../transaction-changes.ts';
import type { SqliteConnection } from '../../file/connection.ts';
import type { Lineage } from './lineage.ts';

/** Text that one trim frees at most: its pages are read one by one, some milliseconds for this much. */
const MAX_TRIMMED_BYTES = 4 << 20;

const NOTHING_YET = {
  head: 0,
  floor: 1,
  headEntry: 0,
  floorEntry: 0,
  unknownHead: 0,
  unknownFloor: 1,
  unknownEntry: 0,
  unknownFloorEntry: 0,
};

/** The columns of a row of the log, by the names of the port. */
export const LOG_COLUMNS = 'log.stream, log.seq, log.at, log.items, log.entry, log.unknown_seq AS unknownSeq';

/**
 * The tables `streams` and `log`. A stream's head moves in the transaction that writes its row, so committed numbers
 * have no hole and are never reused. Plain statements: this is the path between a fault and its announcement.
 */
export class LogTable {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #lineage: Pick<Lineage, 'entry'>;

  constructor({ client }: SqliteConnection, lineage: Pick<Lineage, 'entry'>) {
    this.#statements = prepare(client);
    this.#lineage = lineage;
  }

  bounds(stream: StreamName): StreamBounds {
    const { head, floor, headEntry, floorEntry, unknownHead, unknownFloor, unknownEntry, unknownFloorEntry } =
      this.#statements.bounds.get(stream) ?? NOTHING_YET;
    const { entry } = this.#lineage;
    const unknownOnly = {
      head: unknownHead,
      floor: unknownFloor,
      headEntry: unknownEntry,
      floorEntry: unknownFloorEntry,
    };
    return { head, floor, headEntry, floorEntry, unknownOnly, entry };
  }

  /** Writes the row with the stream's next number, or with both of its numbers. */
  append({ stream, items, isSeenUnknownOnly }: UnnumberedRow, at: Instant): LogRow {
    const { entry } = this.#lineage;
    const { advance, advanceBoth, append } = this.#statements;
    if (!isSeenUnknownOnly) {
      const seq = advance.get(stream, entry) as number;
      append.run(stream, seq, at, items, entry, null);
      return { stream, seq, at, items, entry, unknownSeq: null };
    }
    const [seq, unknownSeq] = advanceBoth.get(stream, entry, entry) as [number, number];
    append.run(stream, seq, at, items, entry, unknownSeq);
    return { stream, seq, at, items, entry, unknownSeq };
  }

  page(stream: StreamName, after: number, upTo: number, limit: number, by: Numbering = 'all'): LogRow[] {
    const { page, unknownOnly } = this.#statements;
    return (by === 'all' ? page : unknownOnly).all(stream, after, upTo, limit);
  }

  /**
   * Removes the oldest rows, at most `batch`: those from before `before`, and those beyond the newest `keepRows`.
   * The search ends at the first row that stays, so a stream always loses a prefix, also after a clock went
   * backwards. Of very large rows fewer are removed. @returns how many were removed; 0 if there is nothing left to
   * remove
   */
  trim(before: Instant, keepRows: number, batch: number): number {
    const surplus = (this.#statements.rows.get() as number) - keepRows;
    const floors = new Map<StreamName, Floor>();
    let last: number | undefined;
    let removed = 0;
    let bytes = 0;
    for (const row of this.#statements.oldest.iterate(batch)) {
      if ((row.at >= before && removed >= surplus) || bytes >= MAX_TRIMMED_BYTES) break;
      bytes += row.bytes;
      floors.set(row.stream, floorBehind(row, floors.get(row.stream)));
      last = row.id;
      removed += 1;
    }
    if (last === undefined) return 0;
    this.#statements.removeUpTo.run(last);
    for (const [stream, { floor, entry, unknownFloor, unknownEntry }] of floors)
      this.#statements.raiseFloor.run(floor, entry, unknownFloor, unknownEntry, stream);
    return removed;
  }
}

function prepare(client: SqliteConnection['client']) {
  return {
    bounds: client.prepare<[string], typeof NOTHING_YET>(
      `SELECT head, floor, entry AS headEntry, floor_entry AS floorEntry, unknown_head AS unknownHead,
         unknown_floor AS unknownFloor, unknown_entry AS unknownEntry, unknown_floor_entry AS unknownFloorEntry
       FROM streams WHERE name = ?`,
    ),
    advance: client
      .prepare<[string, number]>(
        `INSERT INTO streams (name, head, floor, entry) VALUES (?, 1, 1, ?)
         ON CONFLICT (name) DO UPDATE SET head = head + 1, entry = excluded.entry RETURNING head`,
      )
      .pluck(),
    advanceBoth: client
      .prepare<[string, number, number]>(
        `INSERT INTO streams (name, head, floor, entry, unknown_head, unknown_entry) VALUES (?, 1, 1, ?, 1, ?)
         ON CONFLICT (name) DO UPDATE SET head = head + 1, entry = excluded.entry,
           unknown_head = unknown_head + 1, unknown_entry = excluded.entry RETURNING head, unknown_head`,
      )
      .raw(),
    append: client.prepare<[string, number, number, string, number, number | null]>(
      'INSERT INTO log (stream, seq, at, items, entry, unknown_seq) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    page: client.prepare<[string, number, number, number], LogRow>(
      `SELECT ${LOG_COLUMNS} FROM log WHERE stream = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    ),
    unknownOnly: client.prepare<[string, number, number, number], LogRow>(
      `SELECT ${LOG_COLUMNS} FROM log WHERE stream = ? AND unknown_seq > ? AND unknown_seq <= ?
       ORDER BY unknown_seq LIMIT ?`,
    ),
    /** Ids have no holes: rows are only ever added at one end and removed at the other. Two subqueries, two seeks. */
    rows: client
      .prepare('SELECT coalesce((SELECT max(id) FROM log) - (SELECT min(id) FROM log) + 1, 0)')
      .pluck(),
    oldest: client.prepare<[number], Omit<LogRow, 'items'> & { id: number; bytes: number }>(
      `SELECT id, stream, seq, at, entry, unknown_seq AS unknownSeq, octet_length(items) AS bytes
       FROM log ORDER BY id LIMIT ?`,
    ),
    removeUpTo: client.prepare<[number]>('DELETE FROM log WHERE id <= ?'),
    raiseFloor: client.prepare<[number, number, number | null, number | null, string]>(
      `UPDATE streams SET floor = ?, floor_entry = ?, unknown_floor = coalesce(?, unknown_floor),
         unknown_floor_entry = coalesce(?, unknown_floor_entry) WHERE name = ?`,
    ),
  };
}
