import type { Instant } from '../../../../server/domain/clock.ts';
import type { SilenceRecord } from '../../../../server/domain/silence/silence-record.ts';
import {
  OBSERVER_ENTRIES_KEPT,
  type ObserverEntry,
  SILENCES_KEPT,
} from '../../../../server/ports/explanation-log.ts';
import type { LogRow } from '../../../../server/ports/log.ts';
import type { SqliteConnection } from '../../file/connection.ts';
import { LOG_COLUMNS } from './log.ts';

/** Rows of the log that are read to find those of one commit, which are neighbours. */
const NEARBY = 2_000;
const NEARBY_BYTES = 8 << 20;
/** Rows of one commit are written within this time. */
const COMMIT_MS = 1_000;

/** The tables `silences` and `observer_history`, and what explanations read of the log. */
export class ExplanationTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ client }: SqliteConnection) {
    this.#statements = prepare(client);
  }

  addSilence(serviceId: number, record: SilenceRecord): void {
    const { addSilence, forgetSilences } = this.#statements;
    const { lastInsertRowid } = addSilence.run(serviceId, record.at, JSON.stringify(record));
    forgetSilences.run(Number(lastInsertRowid) - SILENCES_KEPT);
  }

  silences(serviceId: number, until: Instant, limit: number): SilenceRecord[] {
    return this.#statements.silences.all(serviceId, until, limit).map((text) => JSON.parse(text));
  }

  /** Removes the oldest from before `before`, at most `limit`. */
  trim(before: Instant, limit: number): void {
    this.#statements.trim.run(limit, before);
  }

  noteObserver(entries: readonly ObserverEntry[]): void {
    const { note, forgetEntries } = this.#statements;
    for (const { at, state, code, reason, blind } of entries) note.run(at, state, code, reason, blind);
    forgetEntries.run(OBSERVER_ENTRIES_KEPT);
  }

  observerHistory(): ObserverEntry[] {
    return this.#statements.entries.all();
  }

  /** Owners' rows stand before the operators' row of the same commit. */
  sameCommit(
    { stream, seq }: Pick<LogRow, 'stream' | 'seq'>,
    correlationId: string,
    limit: number,
  ): LogRow[] {
    const { place, before, after } = this.#statements;
    const own = place.get(stream, seq);
    if (own === undefined) return [];
    const found: LogRow[] = [];
    for (const statement of [before, after]) {
      let bytes = 0;
      for (const row of statement.iterate(own.id, NEARBY)) {
        bytes += row.items.length;
        if (Math.abs(row.at - own.at) > COMMIT_MS || bytes > NEARBY_BYTES || found.length === limit) break;
        if (row.items.includes(correlationId)) found.push(row);
      }
    }
    return found;
  }
}

function prepare(client: SqliteConnection['client']) {
  return {
    addSilence: client.prepare<[number, number, string]>(
      'INSERT INTO silences (service_id, at, record) VALUES (?, ?, ?)',
    ),
    forgetSilences: client.prepare<[number]>('DELETE FROM silences WHERE id <= ?'),
    silences: client
      .prepare<[number, number, number]>(
        'SELECT record FROM silences WHERE service_id = ? AND at <= ? ORDER BY at DESC, id DESC LIMIT ?',
      )
      .pluck() as unknown as { all(serviceId: number, until: number, limit: number): string[] },
    trim: client.prepare<[number, number]>(
      `DELETE FROM silences WHERE id IN (
         SELECT id FROM (SELECT id, at FROM silences ORDER BY id LIMIT ?) WHERE at < ?)`,
    ),
    note: client.prepare<[number, string, string | null, string | null, number]>(
      'INSERT INTO observer_history (at, state, code, reason, blind) VALUES (?, ?, ?, ?, ?)',
    ),
    forgetEntries: client.prepare<[number]>(
      'DELETE FROM observer_history WHERE id <= (SELECT max(id) FROM observer_history) - ?',
    ),
    entries: client.prepare<[], ObserverEntry>(
      'SELECT at, state, code, reason, blind FROM observer_history ORDER BY id',
    ),
    place: client.prepare<[string, number], { id: number; at: number }>(
      'SELECT id, at FROM log WHERE stream = ? AND seq = ?',
    ),
    before: client.prepare<[number, number], LogRow>(
      `SELECT ${LOG_COLUMNS} FROM log WHERE id < ? ORDER BY id DESC LIMIT ?`,
    ),
    after: client.prepare<[number, number], LogRow>(
      `SELECT ${LOG_COLUMNS} FROM log WHERE id > ? ORDER BY id LIMIT ?`,
    ),
  };
}
