/** The database's file over the lives of the processes that hold it open, and what can go wrong in a commit. */
import SqliteClient from 'better-sqlite3';
import { drizzle } from '../../../db/drizzle.ts';
import type { Client } from '../../../db/sqlite/file/client.ts';
import type { SqliteConnection } from '../../../db/sqlite/file/connection.ts';
import { renewEpoch } from '../../../db/sqlite/file/epoch.ts';
import { migrateSqlite } from '../../../db/sqlite/file/migrate.ts';

/** What the next transaction meets. The crashes take the whole process with them. */
export type CommitFault = 'crash before' | 'crash inside' | 'crash after' | 'busy' | 'I/O error';

/** Unwinds the stack of a process that is dead already. */
export class Killed extends Error {}

export interface DiskEvents {
  /** A transaction meets this. */
  met(fault: CommitFault): void;
  /** A transaction is durable, and nobody knows yet. */
  committed(client: Client): void;
  /** The process is to die at this very point. */
  crash(): void;
}

let emptyImage: Buffer | undefined;

/** A database just after its first migration; made once, because every world begins with one. */
function emptyDatabase(): Buffer {
  if (emptyImage === undefined) {
    const client = new SqliteClient(':memory:');
    migrateSqlite({ path: ':memory:', client, drizzle: drizzle({ client }) });
    emptyImage = client.serialize();
    client.close();
  }
  return emptyImage;
}

export class Disk {
  /** For the next transaction, once. */
  fault: CommitFault | undefined;
  #image: Buffer = emptyDatabase();
  #client: Client | undefined;
  #full = false;

  /** What is durable now, read past the code under test. */
  get client(): Client | undefined {
    return this.#client;
  }

  get isFull(): boolean {
    return this.#full;
  }

  open(events: DiskEvents): SqliteConnection {
    const client: Client = new SqliteClient(this.#image);
    this.#client = client;
    client.pragma('foreign_keys = ON');
    client.pragma('synchronous = OFF');
    if (this.#full) this.fill();
    return { path: ':memory:', client: this.#failing(client, events), drizzle: drizzle({ client }) };
  }

  /** What is committed stays; the process that had it open is dead. */
  crash(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  /** What is committed now. */
  backup(): Buffer | undefined {
    return this.#client?.serialize();
  }

  /** As \`hostbeat restore\` does, while nobody has it open. */
  restore(image: Buffer): void {
    const client = new SqliteClient(image);
    renewEpoch({ path: ':memory:', client, drizzle: drizzle({ client }) });
    this.#image = client.serialize();
    client.close();
  }

  fill(): void {
    this.#full = true;
    const pages = this.#client?.pragma('page_count', { simple: true });
    this.#client?.pragma(`max_page_count = ${pages}`);
  }

  makeRoom(): void {
    this.#full = false;
    this.#client?.pragma('max_page_count = 1073741823');
  }

  /** The same connection, whose transactions meet the faults there are. */
  #failing(client: Client, events: DiskEvents): Client {
    const transaction = client.transaction.bind(client);
    const failing = <A extends unknown[], T>(work: (...given: A) => T) => {
      let fault: CommitFault | undefined;
      const die = (): never => {
        events.crash();
        throw new Killed();
      };
      const real = transaction((...given: A): T => {
        const done = work(...given);
        if (fault === 'crash inside') throw new Killed();
        if (fault === 'I/O error') throw new SqliteClient.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC');
        return done;
      });
      const immediate = (...given: A): T => {
        fault = this.fault;
        this.fault = undefined;
        if (fault !== undefined) events.met(fault);
        if (fault === 'crash before') die();
        if (fault === 'busy') throw new SqliteClient.SqliteError('database is locked', 'SQLITE_BUSY');
        let done: T;
        try {
          done = real.immediate(...given);
        } catch (error) {
          if (error instanceof Killed) die();
          throw error;
        }
        events.committed(client);
        if (fault === 'crash after') die();
        return done;
      };
      // Called as it is, it only reads.
      const reading = transaction(work);
      return Object.assign((...given: A) => reading(...given), { immediate });
    };
    client.transaction = failing as never;
    const close = client.close.bind(client);
    client.close = () => {
      if (client.open) this.#image = client.serialize();
      return close();
    };
    return client;
  }
}
