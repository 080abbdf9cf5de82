import type { Instant } from '../../../server/domain/clock.ts';
import type { Instance, PlacedInstance } from '../../../server/domain/instance.ts';
import { Recent } from '../../../server/domain/recent.ts';
import type { SqliteConnection } from '../file/connection.ts';
import { instances } from '../schema/compute.ts';
import { putInto, selectFrom } from './plain-sql.ts';
import { fromInstance, type InstanceFields, type InstanceRow, toInstance } from './rows.ts';

/** What a line of an owner's snapshot needs of an instance: not its details. */
export type StreamedInstance = PlacedInstance & Pick<Instance, 'host' | 'placedAt' | 'statusSince'>;

/** A row's number in the table, and its id. */
export type RowPlace = readonly [rowid: number, id: string];

/** A few pages of a thousand; some tens of megabytes, with what is made of them. */
const RECENT_ROWS = 4_096;

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
  readonly #recent = new Recent<Instance>(RECENT_ROWS);
  #version = 0;

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
    if (known !== undefined) return known;
    const found = this.byId(id);
    if (found !== undefined) this.#recent.set(id, found);
    return found;
  }

  /** Grows with every write to the table: while it stays, what was read is as it was. */
  get version(): number {
    return this.#version;
  }

  /** Which of these are to be read from the table. */
  missing(places: readonly RowPlace[]): RowPlace[] {
    return places.filter(([, id]) => this.#recent.get(id) === undefined);
  }

  /**
   * The rows at these places, in their order; rows that are gone are left out. Do not call it inside a
   * transaction. @param keep whether to cache the rows read, as likely to be requested again
   */
  committedAt(places: readonly RowPlace[], keep = true): Instance[] {
    const read = new Map<string, Instance>();
    const found: Instance[] = [];
    const missing: number[] = [];
    for (const [rowid, id] of places) if (this.#recent.get(id) === undefined) missing.push(rowid);
    if (missing.length > 0) {
      for (const row of this.#statements.at.all(JSON.stringify(missing))) {
        const instance = toInstance(row);
        read.set(instance.id, instance);
      }
    }
    for (const [, id] of places) {
      const instance = read.get(id) ?? this.#recent.get(id);
      if (instance !== undefined) found.push(instance);
    }
    if (keep) for (const [id, instance] of read) this.#recent.set(id, instance);
    return found;
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
