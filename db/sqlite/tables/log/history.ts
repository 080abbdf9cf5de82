import type { LogRow, StreamName } from '../../../../server/ports/log.ts';
import type { SqliteConnection } from '../../file/connection.ts';
import { LOG_COLUMNS } from './log.ts';

/** Entries written or deleted in one transaction: a few milliseconds, so no commit waits long. */
const BATCH = 200;

type LogItems = readonly [seq: number, items: string];
type Named = { readonly server_id?: string; readonly service_id?: string };

/** The table `log_servers`: finds what the log says of one server, or service, without reading the rest. */
export class HistoryTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ client }: SqliteConnection) {
    this.#statements = prepare(client);
  }

  /**
   * Adds what the log has and this table lacks, and drops what the log no longer has, one batch of each. All state
   * is in the tables, so a transaction that is undone leaves nothing behind. @returns whether there is more to do
   */
  keepUp(): boolean {
    const { last, newest, next, forget } = this.#statements;
    let at = (last.get() as number | undefined) ?? 0;
    // A log that was trimmed to nothing gives its ids again; seqs are never given twice.
    if (at > ((newest.get() as number | null) ?? 0)) at = 0;
    let taken = 0;
    let row = next.get(at);
    while (row !== undefined && taken < BATCH) {
      taken += this.#take(row);
      row = next.get(row);
    }
    const forgotten = forget.run(BATCH).changes;
    return row !== undefined || forgotten === BATCH;
  }

  /** @returns how many servers and services the row names */
  #take(id: number): number {
    const { read, add } = this.#statements;
    const [seq, items] = read.get(id) as LogItems;
    // Parsed here: SQLite writes each item out as a text and parses that twice, at twice the cost.
    const named = new Set((JSON.parse(items) as Named[]).map((item) => item.server_id ?? item.service_id));
    named.delete(undefined);
    for (const name of named) add.run(name as string, seq, id);
    return named.size;
  }

  /** Rows of a stream that name the server, newest first, from before `before`. */
  page(stream: StreamName, serverId: string, before: number, limit: number): LogRow[] {
    return this.#statements.page.all(stream, serverId, before, limit);
  }
}

function prepare(client: SqliteConnection['client']) {
  return {
    last: client.prepare('SELECT log_id FROM log_servers ORDER BY id DESC LIMIT 1').pluck(),
    newest: client.prepare('SELECT max(id) FROM log').pluck(),
    next: client
      .prepare<[number], number>('SELECT id FROM log WHERE id > ? ORDER BY id LIMIT 1')
      .pluck() as unknown as { get(after: number): number | undefined },
    read: client.prepare<[number], LogItems>('SELECT seq, items FROM log WHERE id = ?').raw(),
    add: client.prepare<[string, number, number]>(
      'INSERT INTO log_servers (server_id, seq, log_id) VALUES (?, ?, ?)',
    ),
    forget: client.prepare<[number]>(
      `DELETE FROM log_servers WHERE id IN (
         SELECT old.id FROM (SELECT id, log_id, seq FROM log_servers ORDER BY id LIMIT ?) AS old
         LEFT JOIN log ON log.id = old.log_id AND log.seq = old.seq WHERE log.id IS NULL)`,
    ),
    page: client.prepare<[string, string, number, number], LogRow>(
      `SELECT ${LOG_COLUMNS} FROM log_servers AS entry
       JOIN log ON log.id = entry.log_id AND log.seq = entry.seq AND log.stream = ?
       WHERE entry.server_id = ? AND entry.seq < ? ORDER BY entry.seq DESC LIMIT ?`,
    ),
  };
}
