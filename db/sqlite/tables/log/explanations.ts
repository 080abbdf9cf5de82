import type { Instant } from '../../../../server/domain/clock.ts';
import type { SilenceRecord } from '../../../../server/domain/silence/silence-record.ts';
import {
  OBSERVER_ENTRIES_KEPT,
  type ObserverEntry,
  SILENCES_KEPT,
} from '../../../../server/ports/explanation-log.ts';
import type { SqliteConnection } from '../../file/connection.ts';
import { CommitSearch, type CommitSearchOptions, prepareSearch } from './commit-search.ts';

/** The tables `silences` and `observer_history`, and what explanations read of the log. */
export class ExplanationTable {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #searching: ReturnType<typeof prepareSearch>;

  constructor({ client }: SqliteConnection) {
    this.#statements = prepare(client);
    this.#searching = prepareSearch(client);
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

  /** For the other rows of the commit that wrote a row. */
  search(options: CommitSearchOptions): CommitSearch {
    return new CommitSearch(this.#searching, options);
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
  };
}
