import type { Instant } from '../../../../server/domain/clock.ts';
import type { LogRow, StreamBounds, StreamName } from '../../../../server/ports/store.ts';
import type { SqliteConnection } from '../../file/connection.ts';
import type { Lineage } from './lineage.ts';

/** Text that one trim frees at most: its pages are read one by one, some milliseconds for this much. */
const MAX_TRIMMED_BYTES = 4 << 20;

const NOTHING_YET = { head: 0, floor: 1, headEntry: 0, floorEntry: 0 };

/**
 * The tables `streams` and `log`. A stream's head moves in the transaction that writes its row, so committed numbers
 * have no hole and are never given twice. Plain statements: this is the path between a fault and its announcement.
 */
export class LogTable {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #lineage: Pick<Lineage, 'entry'>;

  constructor({ client }: SqliteConnection, lineage: Pick<Lineage, 'entry'>) {
    this.#statements = prepare(client);
    this.#lineage = lineage;
  }

  bounds(stream: StreamName): StreamBounds {
    const { entry } = this.#lineage;
    return { ...(this.#statements.bounds.get(stream) ?? NOTHING_YET), entry };
  }

  /** Gives the stream's next number to the row and writes it. */
  append(stream: StreamName, at: Instant, items: string): LogRow {
    const { entry } = this.#lineage;
    const seq = this.#statements.advance.get(stream, entry) as number;
    this.#statements.append.run(stream, seq, at, items, entry);
    return { stream, seq, at, items, entry };
  }

  page(stream: StreamName, after: number, upTo: number, limit: number): LogRow[] {
    return this.#statements.page.all(stream, after, upTo, limit);
  }

  /**
   * Removes the oldest rows, at most `batch`: those from before `before`, and those beyond the newest `keepRows`.
   * The search ends at the first row that stays, so a stream always loses a prefix, also after a clock went
   * backwards. Of very large rows fewer are removed. @returns how many were removed; 0 if there is nothing left to
   * remove
   */
  trim(before: Instant, keepRows: number, batch: number): number {
    const surplus = (this.#statements.rows.get() as number) - keepRows;
    const floors = new Map<StreamName, { readonly floor: number; readonly entry: number }>();
    let last: number | undefined;
    let removed = 0;
    let bytes = 0;
    for (const row of this.#statements.oldest.iterate(batch)) {
      if ((row.at >= before && removed >= surplus) || bytes >= MAX_TRIMMED_BYTES) break;
      bytes += row.bytes;
      floors.set(row.stream, { floor: row.seq + 1, entry: row.entry });
      last = row.id;
      removed += 1;
    }
    if (last === undefined) return 0;
    this.#statements.removeUpTo.run(last);
    for (const [stream, { floor, entry }] of floors) this.#statements.raiseFloor.run(floor, entry, stream);
    return removed;
  }
}

function prepare(client: SqliteConnection['client']) {
  return {
    bounds: client.prepare<[string], typeof NOTHING_YET>(
      'SELECT head, floor, entry AS headEntry, floor_entry AS floorEntry FROM streams WHERE name = ?',
    ),
    advance: client
      .prepare<[string, number]>(
        `INSERT INTO streams (name, head, floor, entry) VALUES (?, 1, 1, ?)
         ON CONFLICT (name) DO UPDATE SET head = head + 1, entry = excluded.entry RETURNING head`,
      )
      .pluck(),
    append: client.prepare<[string, number, number, string, number]>(
      'INSERT INTO log (stream, seq, at, items, entry) VALUES (?, ?, ?, ?, ?)',
    ),
    page: client.prepare<[string, number, number, number], LogRow>(
      `SELECT stream, seq, at, items, entry FROM log WHERE stream = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    ),
    /** Ids have no holes: rows are only ever added at one end and removed at the other. Two subqueries, two seeks. */
    rows: client
      .prepare('SELECT coalesce((SELECT max(id) FROM log) - (SELECT min(id) FROM log) + 1, 0)')
      .pluck(),
    oldest: client.prepare<
      [number],
      { id: number; stream: StreamName; seq: number; at: number; entry: number; bytes: number }
    >('SELECT id, stream, seq, at, entry, octet_length(items) AS bytes FROM log ORDER BY id LIMIT ?'),
    removeUpTo: client.prepare<[number]>('DELETE FROM log WHERE id <= ?'),
    raiseFloor: client.prepare<[number, number, string]>(
      'UPDATE streams SET floor = ?, floor_entry = ? WHERE name = ?',
    ),
  };
}
