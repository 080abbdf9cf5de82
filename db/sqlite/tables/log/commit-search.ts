/**
 * Finds the rows of one commit, which are neighbours in the log, a few rows a step: a commit of a thousand owners has
 * megabytes, and reports must not wait while they are read.
 */
import type { LogRow } from '../../../../server/ports/log.ts';
import type { Statement } from '../../file/client.ts';
import type { SqliteConnection } from '../../file/connection.ts';
import { LOG_COLUMNS } from './log.ts';

/** What is read of the log on each side of the row. */
const NEARBY = 2_000;
const NEARBY_BYTES = 8 << 20;
/** What is read in one step. */
const STEP_ROWS = 200;
const STEP_BYTES = 512 << 10;
/** Rows of one commit are written within this time. */
const COMMIT_MS = 1_000;

export interface CommitSearchOptions {
  readonly row: Pick<LogRow, 'stream' | 'seq'>;
  readonly correlationId: string;
  readonly limit: number;
}

type NumberedRow = LogRow & { readonly id: number };

interface SearchStatements {
  readonly place: Statement<[string, number], { id: number; at: number }>;
  readonly before: Statement<[number, number], NumberedRow>;
  readonly after: Statement<[number, number], NumberedRow>;
}

export class CommitSearch {
  readonly found: LogRow[] = [];
  readonly #statements: SearchStatements;
  readonly #options: CommitSearchOptions;
  readonly #own: { readonly id: number; readonly at: number } | undefined;
  /** Owners' rows stand before the operators' row of the same commit. */
  #side: 'before' | 'after' | 'over' = 'before';
  #from: number;
  #rows = 0;
  #bytes = 0;

  constructor(statements: SearchStatements, options: CommitSearchOptions) {
    const { stream, seq } = options.row;
    this.#statements = statements;
    this.#options = options;
    this.#own = statements.place.get(stream, seq);
    this.#from = this.#own?.id ?? 0;
  }

  /** Reads some rows. @returns whether there are more */
  step(): boolean {
    const own = this.#own;
    if (own === undefined || this.#side === 'over') return false;
    if (!this.#readSome(this.#side, own)) {
      this.#side = this.#side === 'before' ? 'after' : 'over';
      this.#from = own.id;
      this.#rows = 0;
      this.#bytes = 0;
    }
    return this.#side === 'before' || this.#side === 'after';
  }

  /** @returns whether this side has more */
  #readSome(side: 'before' | 'after', own: { readonly at: number }): boolean {
    const { correlationId, limit } = this.#options;
    let rows = 0;
    let bytes = 0;
    for (const { id, ...row } of this.#statements[side].iterate(this.#from, STEP_ROWS)) {
      this.#from = id;
      rows += 1;
      bytes += row.items.length;
      const isFar = Math.abs(row.at - own.at) > COMMIT_MS || this.#bytes + bytes > NEARBY_BYTES;
      if (isFar || this.found.length === limit) return false;
      if (row.items.includes(correlationId)) this.found.push(row);
      if (bytes > STEP_BYTES) break;
    }
    this.#rows += rows;
    this.#bytes += bytes;
    return this.#rows < NEARBY && (rows === STEP_ROWS || bytes > STEP_BYTES);
  }
}

export function prepareSearch(client: SqliteConnection['client']): SearchStatements {
  return {
    place: client.prepare<[string, number], { id: number; at: number }>(
      'SELECT id, at FROM log WHERE stream = ? AND seq = ?',
    ),
    before: client.prepare<[number, number], NumberedRow>(
      `SELECT id, ${LOG_COLUMNS} FROM log WHERE id < ? ORDER BY id DESC LIMIT ?`,
    ),
    after: client.prepare<[number, number], NumberedRow>(
      `SELECT id, ${LOG_COLUMNS} FROM log WHERE id > ? ORDER BY id LIMIT ?`,
    ),
  };
}
