import type { Facts } from '../../../client-sdk/protocol/items.ts';
import type { Instant } from '../../../server/domain/clock.ts';
import { COMPUTE, type Service, type ServiceRef } from '../../../server/domain/service.ts';
import type { LastSeen } from '../../../server/ports/store.ts';
import type { SqliteConnection } from '../file/connection.ts';
import { services } from '../schema/compute.ts';
import { insertInto, selectFrom, updateById } from './plain-sql.ts';
import { fromService, type ServiceFields, type ServiceRow, toService } from './rows.ts';

/**
 * The table `services`: single statements, prepared once; transactions are the caller's. Plain SQL, because a storm
 * reads and writes a thousand of these rows between a fault and its announcement.
 */
export class ServiceTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ client }: SqliteConnection) {
    this.#statements = prepare(client);
  }

  byRef(ref: ServiceRef): Service | undefined {
    const { byKey, byUuid, byId } = this.#statements;
    const row =
      'host' in ref
        ? byKey.get(ref.host, ref.binary)
        : 'uuid' in ref
          ? byUuid.get(ref.uuid)
          : byId.get(ref.id);
    return row && toService(row);
  }

  /** The service that host_status depends on; undefined for a host without one, and without a host. */
  computeOn(host: string | null): Service | undefined {
    return host === null ? undefined : this.byRef({ host, binary: COMPUTE });
  }

  /**
   * Only the facts of the services that `computeOn` gives. All in one statement: each statement begins with system
   * calls.
   */
  computeFacts(hosts: readonly string[]): ReadonlyMap<string, Facts> {
    const { factsOn, factsOnAll } = this.#statements;
    const rows = hosts.length === 1 ? factsOn.all(hosts[0] as string) : factsOnAll.all(JSON.stringify(hosts));
    return new Map(
      rows.map(([host, forcedDown, disabled, live]) => [
        host,
        { forced_down: forcedDown === 1, disabled: disabled === 1, live: live === 1 },
      ]),
    );
  }

  /** By id. */
  onHost(host: string): Service[] {
    return this.#statements.onHost.all(host).map(toService);
  }

  /** By id, from after `id` on. */
  page(after: number, limit: number): Service[] {
    return this.#statements.page.all(after, limit).map(toService);
  }

  /** Hosts whose compute service has one of these combinations of facts, at most `limit`. */
  hostsWith(combinations: readonly Facts[], limit: number): string[] {
    const hosts: string[] = [];
    for (const { forced_down, disabled, live } of combinations) {
      const remaining = limit - hosts.length;
      hosts.push(...this.#statements.hostsWith.all(COMPUTE, +forced_down, +disabled, +live, remaining));
    }
    return hosts;
  }

  /**
   * Adds a service, under its own id if it has one.
   * @returns it with its id
   */
  add(service: Service): Service {
    const { lastInsertRowid } = this.#statements.add.run(fromService(service));
    return { ...service, id: Number(lastInsertRowid) };
  }

  replace(service: Service): void {
    this.#statements.replace.run(fromService(service));
  }

  remove(id: number): void {
    this.#statements.remove.run(id);
  }

  /** Both times only ever move forward. */
  seen({ id, at }: LastSeen): void {
    this.#statements.seen.run(at, at, id);
  }
}

type FactsRow = readonly [host: string, forcedDown: number, disabled: number, live: number];

function prepare(client: SqliteConnection['client']) {
  const read = <P extends unknown[]>(where: string) =>
    client.prepare<P, ServiceRow>(`${selectFrom(services)} ${where}`).raw();
  const facts = (where: string) =>
    client
      .prepare<[string], FactsRow>(
        `SELECT host, forced_down, disabled, live FROM services WHERE ${where} AND binary = '${COMPUTE}'`,
      )
      .raw();
  return {
    byKey: read<[string, string]>('WHERE host = ? AND binary = ?'),
    factsOn: facts('host = ?'),
    factsOnAll: facts('host IN (SELECT value FROM json_each(?))'),
    byUuid: read<[string]>('WHERE uuid = ?'),
    byId: read<[number]>('WHERE id = ?'),
    page: read<[number, number]>('WHERE id > ? ORDER BY id LIMIT ?'),
    onHost: read<[string]>('WHERE host = ? ORDER BY id'),
    hostsWith: client
      .prepare<[string, number, number, number, number], string>(
        'SELECT host FROM services WHERE binary = ? AND forced_down = ? AND disabled = ? AND live = ? LIMIT ?',
      )
      .pluck(),
    add: client.prepare<[ServiceFields]>(insertInto(services)),
    replace: client.prepare<[ServiceFields]>(updateById(services)),
    remove: client.prepare<[number]>('DELETE FROM services WHERE id = ?'),
    /** By position: names would cost a fifth more, and there are many of these rows. */
    seen: client.prepare<[Instant, Instant, number]>(
      `UPDATE services SET last_seen_up = max(coalesce(last_seen_up, 0), ?), updated_at = max(updated_at, ?)
       WHERE id = ?`,
    ),
  };
}
