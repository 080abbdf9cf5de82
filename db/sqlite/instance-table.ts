import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Instant } from '../../server/domain/clock.ts';
import type { Instance, PlacedInstance } from '../../server/domain/instance.ts';
import { fromInstance, toInstance } from '../rows.ts';
import type { Connection } from './connection.ts';
import { excluded, placeholders } from './excluded.ts';
import { instances } from './schema.ts';

/** What a line of an owner's snapshot needs of an instance: not its details. */
export type StreamedInstance = PlacedInstance & Pick<Instance, 'host' | 'placedAt' | 'statusSince'>;

/** The table `instances`: single statements, prepared once; transactions are the caller's. Lists are instance-query.ts. */
export class InstanceTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ drizzle, client }: Connection) {
    this.#statements = prepare(drizzle, client);
  }

  byId(id: string): Instance | undefined {
    const row = this.#statements.byId.get({ id });
    return row && toInstance(row);
  }

  put(instance: Instance): void {
    this.#statements.put.run({ ...fromInstance(instance) });
  }

  remove(id: string): void {
    this.#statements.remove.run({ id });
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
    return this.#statements.ofProject.all({ projectId, after, limit });
  }
}

function prepare(drizzle: Connection['drizzle'], client: Connection['client']) {
  return {
    byId: drizzle
      .select()
      .from(instances)
      .where(eq(instances.id, sql.placeholder('id')))
      .prepare(),
    put: drizzle
      .insert(instances)
      .values(placeholders(instances))
      .onConflictDoUpdate({ target: instances.id, set: excluded(instances, 'id') })
      .prepare(),
    remove: drizzle
      .delete(instances)
      .where(eq(instances.id, sql.placeholder('id')))
      .prepare(),
    ofProject: drizzle
      .select({
        id: instances.id,
        projectId: instances.projectId,
        name: instances.name,
        host: instances.host,
        placedAt: instances.placedAt,
        statusSince: instances.statusSince,
      })
      .from(instances)
      .where(
        and(
          eq(instances.projectId, sql.placeholder('projectId')),
          gt(instances.id, sql.placeholder('after')),
          isNull(instances.deletedAt),
        ),
      )
      .orderBy(instances.id)
      .limit(sql.placeholder('limit'))
      .prepare(),
    /** Not through drizzle: hundreds of rows between a fault and its announcement, and the mapping would double them. */
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
