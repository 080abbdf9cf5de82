import type { Flavor, Usage } from '../../../server/domain/instances/instance.ts';
import type { Steps } from '../../../server/limits/time-slices.ts';
import type { SqliteConnection } from '../file/connection.ts';

/** How many instances are asked for a flavor's sizes: of some only its id is known. */
const WITNESSES = 20;
/** Servers counted in one step. */
const COUNTED_AT_ONCE = 10_000;

/**
 * The table `flavors`, and the flavors of instances. Jumps in one index go from one flavor to the next: the cost grows
 * with the number of flavors, not of instances.
 */
export class FlavorTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ client }: SqliteConnection) {
    this.#statements = prepare(client);
  }

  put(flavor: Flavor): void {
    this.#statements.put.run(flavor.id, JSON.stringify(flavor));
  }

  list(projectId?: string): Flavor[] {
    const declared = this.#statements.declared.all().map((text) => JSON.parse(text) as Flavor);
    const found = new Map(declared.map((flavor) => [flavor.id, flavor]));
    for (const id of this.#statements.carried.all()) {
      const flavor = found.has(id) ? undefined : this.#carried(id, projectId);
      if (flavor !== undefined) found.set(id, flavor);
    }
    return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  usageOn(host: string): Usage {
    return this.#statements.onHost.get(host) as Usage;
  }

  /** A project may have hundreds of thousands of servers: they are counted in steps. */
  *usageOf(projectId: string): Steps<Usage> {
    const total = { instances: 0, vcpus: 0, ram: 0, disk: 0 };
    for (const flavor of this.list(projectId)) {
      const count = yield* this.#count(flavor.id, projectId);
      total.instances += count;
      total.vcpus += count * flavor.vcpus;
      total.ram += count * flavor.ram;
      total.disk += count * flavor.disk;
    }
    return total;
  }

  /** Counts windows of time, each half as long where the one before had too many. */
  *#count(flavorId: string, projectId: string): Steps<number> {
    const { range, count } = this.#statements;
    const [oldest, newest] = range.get(flavorId, projectId, flavorId, projectId) as readonly [
      number | null,
      number,
    ];
    if (oldest === null) return 0;
    let total = 0;
    let width = newest - oldest + 1;
    for (let from = oldest; from <= newest; ) {
      yield undefined;
      const found = count.get(flavorId, projectId, from, from + width, COUNTED_AT_ONCE) as number;
      if (found === COUNTED_AT_ONCE && width > 1) {
        width = Math.ceil(width / 2);
        continue;
      }
      total +=
        found === COUNTED_AT_ONCE
          ? (count.get(flavorId, projectId, from, from + width, -1) as number)
          : found;
      from += width;
      if (found < COUNTED_AT_ONCE / 4) width *= 2;
    }
    return total;
  }

  #carried(id: string, projectId: string | undefined): Flavor | undefined {
    const { witnesses, own } = this.#statements;
    const texts = projectId === undefined ? witnesses.all(id, WITNESSES) : own.all(id, projectId, WITNESSES);
    const flavors = texts.map((text) => JSON.parse(text) as Flavor);
    return flavors.find(({ vcpus }) => vcpus > 0) ?? flavors[0];
  }
}

function prepare(client: SqliteConnection['client']) {
  const present = 'FROM instances WHERE deleted_at IS NULL';
  return {
    put: client.prepare<[string, string]>(
      'INSERT INTO flavors (id, flavor) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET flavor = excluded.flavor',
    ),
    declared: client.prepare<[], string>('SELECT flavor FROM flavors').pluck(),
    carried: client
      .prepare<[], string>(
        `WITH RECURSIVE found (id) AS (
           SELECT min(flavor_id) ${present}
           UNION ALL SELECT (SELECT min(flavor_id) ${present} AND flavor_id > found.id) FROM found WHERE id IS NOT NULL)
         SELECT id FROM found WHERE id IS NOT NULL`,
      )
      .pluck(),
    witnesses: client
      .prepare<[string, number], string>(`SELECT details -> '$.flavor' ${present} AND flavor_id = ? LIMIT ?`)
      .pluck(),
    own: client
      .prepare<[string, string, number], string>(
        `SELECT details -> '$.flavor' ${present} AND flavor_id = ? AND project_id = ? LIMIT ?`,
      )
      .pluck(),
    range: client
      .prepare<[string, string, string, string], [number | null, number]>(
        `SELECT (SELECT min(created_at) ${present} AND flavor_id = ? AND project_id = ?),
           (SELECT max(created_at) ${present} AND flavor_id = ? AND project_id = ?)`,
      )
      .raw(),
    count: client
      .prepare<[string, string, number, number, number], number>(
        `SELECT count(*) FROM (SELECT 1 ${present} AND flavor_id = ? AND project_id = ?
         AND created_at >= ? AND created_at < ? LIMIT ?)`,
      )
      .pluck(),
    onHost: client.prepare<[string], Usage>(
      `SELECT count(*) AS instances, total(details ->> '$.flavor.vcpus') AS vcpus,
         total(details ->> '$.flavor.ram') AS ram, total(details ->> '$.flavor.disk') AS disk ${present} AND host = ?`,
    ),
  };
}
