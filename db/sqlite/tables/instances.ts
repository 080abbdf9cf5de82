import type { Instant } from '../../../server/domain/clock.ts';
import type { Instance, PlacedInstance } from '../../../server/domain/instances/instance.ts';
import { Recent } from '../../../server/domain/recent.ts';
import { SeenBefore } from '../../../server/limits/seen-before.ts';
import type { SqliteConnection } from '../file/connection.ts';
import { instances } from '../schema/compute.ts';
import { putInto, selectFrom } from './plain-sql.ts';
import { fromInstance, type InstanceFields, type InstanceRow, toInstance } from './rows.ts';

/** The fields that an owner's snapshot needs of an instance: not its details. */
export type StreamedInstance = PlacedInstance & Pick<Instance, 'host' | 'placedAt' | 'statusSince'>;

/** A row's number in the table, and its id. */
export type RowPlace = readonly [rowid: number, id: string];

/** A committed row, and its approximate size in the table, in bytes. */
interface KeptRow {
  readonly instance: Instance;
  readonly bytes: number;
}

/** Some ten thousand usual rows; in memory each is a few times as large as in the table. */
const KEPT_BYTES = 8 * 2 ** 20;
/** 2^15 rows are remembered as requested, without being cached. */
const REMEMBERED_BITS = 15;
/** All columns but the details. */
const BYTES_OF_COLUMNS = 600;

/**
 * The table `instances`: single statements, prepared once; transactions are the caller's. Plain SQL, because drizzle's
 * mapping of a row costs more than reading it. Lists are instance-query.ts.
 */
export class InstanceTable {
  readonly #statements: ReturnType<typeof prepare>;
  /**
   * Committed rows by id: pollers request the same rows again and again. Code that writes a row removes it here in the
   * same call; it is read again after the transaction at the earliest, since nothing else runs meanwhile. The same
   * object means the same row.
   */
  readonly #recent = new Recent<KeptRow>(KEPT_BYTES, ({ bytes }) => bytes);
  /** A row is cached when it is requested again: caching each row of a long read costs more than reading it. */
  readonly #seen = new SeenBefore(REMEMBERED_BITS);
  #version = 0;
  #reads = 0;

  constructor({ client }: SqliteConnection) {
    this.#statements = prepare(client);
  }

  /** As the current transaction sees it. */
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

  /** Grows with every write to the table: while it stays equal, rows that were read are still current. */
  get version(): number {
    return this.#version;
  }

  /** Grows with every row that was read from the table because it was not cached. */
  get reads(): number {
    return this.#reads;
  }

  /**
   * The rows at these places, in their order; removed rows are left out. Do not call it inside a transaction. @param
   * keep whether to cache those rows that are requested again and again
   */
  committedAt(places: readonly RowPlace[], keep = true): Instance[] {
    const found: (Instance | undefined)[] = [];
    const missing: number[] = [];
    for (let n = 0; n < places.length; n += 1) {
      const known = this.#recent.get((places[n] as RowPlace)[1])?.instance;
      found.push(known);
      if (known === undefined) missing.push(n);
    }
    if (missing.length === 0) return found as Instance[];
    const rowidOf = (n: number) => (places[n] as RowPlace)[0];
    missing.sort((a, b) => rowidOf(a) - rowidOf(b));
    const rows = this.#statements.at.all(JSON.stringify(missing.map(rowidOf)));
    // Rows come in the order of the table. As long as none is missing, their positions match.
    for (let n = 0, at = 0; n < missing.length && at < rows.length; n += 1) {
      const place = missing[n] as number;
      const [, id] = places[place] as RowPlace;
      const row = rows[at]?.[0] === id ? rows[at] : rows.find(([other]) => other === id);
      if (row === undefined) continue;
      at += 1;
      found[place] = this.#read(row, keep);
    }
    return found.filter((one) => one !== undefined);
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

  /** Present instances of a host, sorted by owner. */
  placedOn(host: string): PlacedInstance[] {
    return this.#statements.placedOn.all(host);
  }

  countOn(host: string): number {
    return this.#statements.countOn.get(host) as number;
  }

  /** Not whole rows: reading those costs thirty times as much. */
  namesOn(host: string, limit: number): { id: string; name: string }[] {
    return this.#statements.namesOn.all(host, limit);
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
        `${selectFrom(instances)} WHERE rowid IN (SELECT value FROM json_each(?)) ORDER BY rowid`,
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
    namesOn: client.prepare<[string, number], { id: string; name: string }>(
      `SELECT id, name FROM instances WHERE host = ? AND deleted_at IS NULL
       ORDER BY created_at DESC, id LIMIT ?`,
    ),
    statusChangedOn: client.prepare<[Instant, string]>(
      'UPDATE instances SET status_since = ? WHERE host = ? AND deleted_at IS NULL',
    ),
  };
}
