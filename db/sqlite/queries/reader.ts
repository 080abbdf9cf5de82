import { Recent } from '../../../server/domain/recent.ts';
import type { Query } from '../../drizzle.ts';
import type { Statement } from '../file/client.ts';
import type { SqliteConnection } from '../file/connection.ts';

/** As many statements as lists have forms. */
const KEPT = 200;

/**
 * Reads by the driver itself, since drizzle's mapping of a row costs more than reading it, and prepares each text once.
 */
export class Reader {
  readonly #client: SqliteConnection['client'];
  readonly #statements = new Recent<Statement<unknown[], unknown>>(KEPT);

  constructor({ client }: SqliteConnection) {
    this.#client = client;
  }

  /** Each row an array in the order of the selection. */
  rows<R>({ sql, params }: Query): R[] {
    return this.#prepared(sql).all(...params) as R[];
  }

  /** Preparing a statement costs as much as reading a page of a hundred with it. */
  #prepared(text: string): Statement<unknown[], unknown> {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#client.prepare<unknown[], unknown>(text).raw();
    this.#statements.set(text, statement);
    return statement;
  }
}
