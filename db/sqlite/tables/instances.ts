import type { Instant } from '../../../server/domain/clock.ts';
import type { Instance, PlacedInstance } from '../../../server/domain/instances/instance.ts';
import { Recent } from '../../../server/domain/recent.ts';
import { SeenBefore } from '../../../server/limits/seen-before.ts';
import type { SqliteConnection } from '../file/connection.ts';
import { instances } from '../schema/compute.ts';
import { putInto, selectFrom } from './plain-sql.ts';
import { fromInstance, type InstanceFields, type InstanceRow, toInstance } from './rows.ts';

/** What a line of an owner's snapshot needs of an instance: not its details. */
export type StreamedInstance = PlacedInstance & Pick<Instance, 'host' | 'placedAt' | 'statusSince'>;

/** A row's number in the table, and its id. */
export type RowPlace = readonly [rowid: number, id: string];

/** A committed row, and how many bytes it has in the table, about. */
interface KeptRow {
  readonly instance: Instance;
  readonly bytes: number;
}

/** Some ten thousand usual rows; in memory each is a few times as large as in the table. */
const KEPT_BYTES = 8 * 2 ** 20;
/** Rows that are remembered as requested, without being kept. */
const REMEMBERED = 16_384;
/** All columns but the details. */
const BYTES_OF_COLUMNS = 600;

/**
 * The table `instances`: single statements, prepared once; transactions are the caller's. Plain SQL, because drizzle's
 * mapping of a row costs more than reading it. Lists are instance-query.ts.
 */
export class InstanceTable {
  readonly #statements: ReturnType<typeof prepare>;
  /**
   * Committed rows by id: pollers ask for the same rows again and again. Code that writes a row drops it here in
   * the same call; it is read again after the transaction at the earliest, since nothing else runs meanwhile. The
   * same object means the same row.
   */
  readonly #recent = new Recent<KeptRow>(KEPT_BYTES, ({ bytes }) => bytes);
  /** A row is kept when it is requested again: to keep each row of a long read costs more than to read it. */
  readonly #seen = new SeenBefore(REMEMBERED);
  #version = 0;
  #reads = 0;

  constructor({ client }: SqliteConnection) {
    this.#statements = prepare(client);
  }

  /** As the transaction sees it that is under way. */
  byId(id: string): Instance | undefined {
    const row = this.#statements.byId.get(id);
    return row && toInstance(row);
  }

  /** Not for inside a transaction. */
  committed(id: string): Instance | undefined {
    const known = this.#recent.get(id);
    if (known !== undefined) return known.instance;
    const row = this.#statements.byId.get(id);
    return row && this.#read(row, true);
  }

  /** Grows with every write to the table: while it stays, what was read is as it was. */
  get version(): number {
    return this.#version;
  }

  /** Grows with every row that was read from the table because it was not kept. */
  get reads(): number {
    return this.#reads;
  }

  /**
   * The rows at these places, in their order; rows that are gone are left out. Do not call it inside a
   * transaction. @param keep whether to keep those rows in memory that are requested again and again
   */
  committedAt(places: readonly RowPlace[], keep = true): Instance[] {
    const known = places.map(([, id]) => this.#recent.get(id)?.instance);
    const missing = places.filter((_, n) => known[n] === undefined).map(([rowid]) => rowid);
    if (missing.length === 0) return known as Instance[];
    const read = new Map<string, Instance>();
    for (const row of this.#statements.at.all(JSON.stringify(missing)))
      read.set(row[0], this.#read(row, keep));
    const found: Instance[] = [];
    for (const [n, [, id]] of places.entries()) {
      const instance = known[n] ?? read.get(id);
      if (instance !== undefined) found.push(instance);
    }
    return found;
  }

  #read(row: InstanceRow, keep: boolean): Instance {
    this.#reads += 1;
    const instance = toInstance(row);
    if (keep && this.#seen.again(instance.id)) {
      this.#recent.set(instance.id, { instance, bytes: row[20].length + BYTES_OF_COLUMNS });
    }
    return instance;
  }

  put(instance: Instance): void {
    this.#version++;
    this.#recent.delete(instance.id);
    this.#statements.put.run(fromInstance(instance));
  }

  remove(id: string): void {
    this.#version++;
    this.#recent.delete(id);
    this.#statements.remove.run(id);
  }

  /** Present instances of a host, an owner's next to each other. */
  placedOn(host: string): PlacedInstance[] {
    return this.#statements.placedOn.all(host);
  }

  countOn(host: string): number {
    return this.#statements.countOn.get(host) as number;
  }

  /** Their host lost its compute service, and with it the record of when their host_status changed. */
  statusChangedOn(host: string, at: Instant): void {
    this.#version++;
    this.#recent.clear();
    this.#statements.statusChangedOn.run(at, host);
  }

  /** Present instances of a project by id, from after `id` on. */
  ofProject(projectId: string, after: string, limit: number): StreamedInstance[] {
    return this.#statements.ofProject.all(projectId, after, limit);
  }
}

function prepare(client: SqliteConnection['client']) {
  return {
    byId: client.prepare<[string], InstanceRow>(`${selectFrom(instances)} WHERE id = ?`).raw(),
    at: client
      .prepare<[string], InstanceRow>(
        `${selectFrom(instances)} WHERE rowid IN (SELECT value FROM json_each(?))`,
      )
      .raw(),
    put: client.prepare<[InstanceFields]>(putInto(instances)),
    remove: client.prepare<[string]>('DELETE FROM instances WHERE id = ?'),
    ofProject: client.prepare<[string, string, number], StreamedInstance>(
      `SELECT id, project_id AS projectId, name, host, placed_at AS placedAt, status_since AS statusSince FROM instances
       WHERE project_id = ? AND id > ? AND deleted_at IS NULL ORDER BY id LIMIT ?`,
    ),
    placedOn: client.prepare<[string], PlacedInstance>(
      `SELECT id, project_id AS projectId, name FROM instances
       WHERE host = ? AND deleted_at IS NULL ORDER BY project_id, id`,
    ),
    countOn: client
      .prepare<[string]>('SELECT count(*) FROM instances WHERE host = ? AND deleted_at IS NULL')
      .pluck(),
    statusChangedOn: client.prepare<[Instant, string]>(
      'UPDATE instances SET status_since = ? WHERE host = ? AND deleted_at IS NULL',
    ),
  };
}
