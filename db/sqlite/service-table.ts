import { and, asc, eq, sql } from 'drizzle-orm';
import { COMPUTE, type Service, type ServiceRef } from '../../server/domain/service.ts';
import type { LastSeen } from '../../server/store.ts';
import { fromService, toService } from '../rows.ts';
import type { Connection } from './connection.ts';
import { excluded, placeholders } from './excluded.ts';
import { services } from './schema.ts';

/** The table `services`: single statements, prepared once; transactions are the caller's. */
export class ServiceTable {
  readonly #drizzle: Connection['drizzle'];
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ drizzle, client }: Connection) {
    this.#drizzle = drizzle;
    this.#statements = prepare(drizzle, client);
  }

  byRef(ref: ServiceRef): Service | undefined {
    const { byKey, byUuid, byId } = this.#statements;
    const row =
      'host' in ref
        ? byKey.get({ host: ref.host, binary: ref.binary })
        : 'uuid' in ref
          ? byUuid.get(ref)
          : byId.get(ref);
    return row && toService(row);
  }

  /** The service host_status looks at; undefined for a host without one, and for no host. */
  computeOn(host: string | null): Service | undefined {
    return host === null ? undefined : this.byRef({ host, binary: COMPUTE });
  }

  list(filter: { readonly host?: string; readonly binary?: string } = {}): Service[] {
    return this.#drizzle
      .select()
      .from(services)
      .where(
        and(
          filter.host === undefined ? undefined : eq(services.host, filter.host),
          filter.binary === undefined ? undefined : eq(services.binary, filter.binary),
        ),
      )
      .orderBy(asc(services.id))
      .all()
      .map(toService);
  }

  /** Adds a service or replaces the one with its id. @returns it with the id it has now */
  put(service: Service): Service {
    const id = service.id === 0 ? null : service.id;
    const { lastInsertRowid } = this.#statements.put.run({ ...fromService(service), id });
    return id === null ? { ...service, id: Number(lastInsertRowid) } : service;
  }

  remove(id: number): void {
    this.#statements.remove.run({ id });
  }

  /** Both times only ever move forward. */
  seen({ id, at }: LastSeen): void {
    this.#statements.seen.run({ id, at });
  }
}

function prepare(drizzle: Connection['drizzle'], client: Connection['client']) {
  const select = () => drizzle.select().from(services).$dynamic();
  return {
    byKey: select()
      .where(and(eq(services.host, sql.placeholder('host')), eq(services.binary, sql.placeholder('binary'))))
      .prepare(),
    byUuid: select()
      .where(eq(services.uuid, sql.placeholder('uuid')))
      .prepare(),
    byId: select()
      .where(eq(services.id, sql.placeholder('id')))
      .prepare(),
    put: drizzle
      .insert(services)
      .values(placeholders(services))
      .onConflictDoUpdate({ target: services.id, set: excluded(services, 'id') })
      .prepare(),
    remove: drizzle
      .delete(services)
      .where(eq(services.id, sql.placeholder('id')))
      .prepare(),
    /** Not through drizzle: it runs once per service and report interval, the most frequent statement there is. */
    seen: client.prepare<{ id: number; at: number }>(
      `UPDATE services SET last_seen_up = max(coalesce(last_seen_up, 0), @at), updated_at = max(updated_at, @at)
       WHERE id = @id`,
    ),
  };
}
