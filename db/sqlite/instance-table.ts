import type { Instant } from '../../server/domain/clock.ts';
import type { Instance, PlacedInstance } from '../../server/domain/instance.ts';
import { fromInstance, type InstanceFields, type InstanceRow, toInstance } from '../rows.ts';
import type { Connection } from './connection.ts';
import { putInto, selectFrom } from './plain-sql.ts';
import { instances } from './schema.ts';

/** What a line of an owner's snapshot needs of an instance: not its details. */
export type StreamedInstance = PlacedInstance & Pick<Instance, 'host' | 'placedAt' | 'statusSince'>;

/**
 * The table `instances`: single statements, prepared once; transactions are the caller's. Plain SQL, because drizzle's
 * mapping of a row costs more than reading it. Lists are instance-query.ts.
 */
export class InstanceTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ client }: Connection) {
    this.#statements = prepare(client);
  }

  byId(id: string): Instance | undefined {
    const row = this.#statements.byId.get(id);
    return row && toInstance(row);
  }

  put(instance: Instance): void {
    this.#statements.put.run(fromInstance(instance));
  }

  remove(id: string): void {
    this.#statements.remove.run(id);
  }

  /** Present instances of a host, an owner's next to each other. */
  placedOn(host: string): PlacedInstance[] {
    return this.#statements.placedOn.all(host);
  }

  countOn(host: string): number {
    return this.#statements.countOn.get(host) as number;
  }

  /** Their host lost its compute service, and with it where it was written down since when they are what they are. */
  statusChangedOn(host: string, at: Instant): void {
    this.#statements.statusChangedOn.run(at, host);
  }

  /** Present instances of a project by id, from after `id` on. */
  ofProject(projectId: string, after: string, limit: number): StreamedInstance[] {
    return this.#statements.ofProject.all(projectId, after, limit);
  }
}

function prepare(client: Connection['client']) {
  return {
    byId: client.prepare<[string], InstanceRow>(`${selectFrom(instances)} WHERE id = ?`).raw(),
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
