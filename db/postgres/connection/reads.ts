/** The connections for reads, and for writes that no process caches. */
import type { Logger } from '../../../server/telemetry/logger.ts';
import { drizzle, type NodePgDatabase } from '../drizzle.ts';
import type { DatabaseAddress, Host } from './address.ts';
import { type Client, connectionsOf, letGo, type Pool, type Query, type Queryable } from './driver.ts';
import { isDatabases, isRefusedRow, refusal, unavailable } from './errors.ts';
import { openPool } from './session.ts';

const CONNECTIONS = 6;

/** Discarded at an error, or given back. */
interface Lent extends Client {
  release(broken?: boolean): void;
}

export class Reads implements Queryable {
  readonly #address: DatabaseAddress;
  readonly #logger: Logger;
  #host: Host;
  #pool: Pool;
  #drizzle: NodePgDatabase;

  constructor(address: DatabaseAddress, host: Host, logger: Logger) {
    this.#address = address;
    this.#logger = logger;
    this.#host = host;
    this.#pool = openPool(address, host, CONNECTIONS);
    this.#drizzle = drizzle({ client: this.#pool as never }) as never;
  }

  /** Another server is the primary now. */
  use(host: Host): void {
    const former = this.#pool;
    this.#host = host;
    this.#pool = openPool(this.#address, host, CONNECTIONS);
    this.#drizzle = drizzle({ client: this.#pool as never }) as never;
    former.end().catch(() => undefined);
  }

  /** No query is answered any more: refuses every caller that waits, and makes new connections. */
  cut(): void {
    const lost = connectionsOf(this.#pool);
    this.use(this.#host);
    for (const client of lost) letGo(client);
  }

  /** For tables whose statements are seldom run. */
  get drizzle(): NodePgDatabase {
    return this.#drizzle;
  }

  query(query: Query) {
    return this.#pool.query(query);
  }

  /** Reads rows with the column names of the statement. @throws DomainError `unavailable` */
  async rows<T>(query: Query): Promise<T[]> {
    return this.answered(async () => (await this.#pool.query(query)).rows as T[]);
  }

  /** Runs the reads of `work` in one snapshot. @throws DomainError `unavailable` */
  snapshot<T>(work: (asked: Queryable) => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
  }

  /** Runs `work` in a transaction. @throws DomainError `unavailable` */
  transaction<T>(work: (asked: Queryable, db: NodePgDatabase) => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN', work);
  }

  async answered<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (isRefusedRow(error)) throw refusal(error);
      if (!isDatabases(error)) throw error;
      this.#logger.error({ err: error }, 'the database could not be read');
      throw unavailable(error);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #transaction<T>(
    begin: string,
    work: (asked: Queryable, db: NodePgDatabase) => Promise<T>,
  ): Promise<T> {
    return this.answered(async () => {
      const client = (await this.#pool.connect()) as unknown as Lent;
      try {
        await client.query({ text: begin });
        const done = await work(
          client as unknown as Queryable,
          drizzle({ client: client as never }) as never,
        );
        await client.query({ text: 'COMMIT' });
        client.release();
        return done;
      } catch (error) {
        await client.query({ text: 'ROLLBACK' }).then(
          () => client.release(),
          () => client.release(true),
        );
        throw error;
      }
    });
  }
}
