import type { ServerState, ServiceState } from '../../../client-sdk/protocol/items.ts';
import type { Rules } from '../../../server/domain/decision.ts';
import { serviceState } from '../../../server/domain/fan-out.ts';
import { serverState } from '../../../server/domain/instances/placement.ts';
import { COMPUTE, type Service } from '../../../server/domain/service.ts';
import { type Steps, timeSlices } from '../../../server/limits/time-slices.ts';
import { projectStream } from '../../../server/ports/log.ts';
import type { Snapshot, SnapshotRemark } from '../../../server/ports/store.ts';
import { placesOf } from '../../snapshot-places.ts';
import { IN_MEMORY } from '../file/client.ts';
import { connectReader, type SqliteConnection } from '../file/connection.ts';
import { InstanceTable } from '../tables/instances.ts';
import { LogTable } from '../tables/log/log.ts';
import { ServiceTable } from '../tables/services.ts';

/** Rows read in the first step, and in each further one: between two steps other work runs. */
const FIRST = 250;
const NEXT = 100;
/** Counting the servers on each host costs as much as reading several rows. */
const HOSTS = 50;

const NOTHING: SnapshotRemark = () => ({});

/** A reader starts no lineage entry, and writes none. */
const NOTHING_WRITTEN = { entry: 0 };

interface Tables {
  readonly services: ServiceTable;
  readonly instances: InstanceTable;
  readonly log: LogTable;
}

/**
 * Present states, each from one read transaction. A small one is read at once. A large one is read by a connection of
 * its own, whose transaction keeps seeing the same committed state while commits and everything else go on.
 */
export class Snapshots {
  readonly #connection: SqliteConnection;
  readonly #tables: Tables;
  readonly #rules: Rules;

  constructor(connection: SqliteConnection, tables: Tables, rules: Rules) {
    this.#connection = connection;
    this.#tables = tables;
    this.#rules = rules;
  }

  /** Present servers of a project, by id. */
  project(projectId: string, remark: SnapshotRemark = NOTHING): Promise<Snapshot<ServerState>> {
    const rules = this.#rules;
    return this.#take(function* ({ services, instances, log }): Steps<Snapshot<ServerState>> {
      const at = placesOf(log.bounds(projectStream(projectId)));
      const items: ServerState[] = [];
      const computes = new Map<string | null, Service | undefined>();
      for (let after = '', size = FIRST; ; size = NEXT) {
        const page = instances.ofProject(projectId, after, size);
        for (const instance of page) {
          const { host } = instance;
          if (!computes.has(host)) computes.set(host, services.computeOn(host));
          items.push({
            ...serverState(instance, computes.get(host), rules),
            ...(host === null ? {} : remark({ host, binary: COMPUTE })),
          });
        }
        if (page.length < size) return { ...at, items };
        after = (page.at(-1) as (typeof page)[number]).id;
        yield undefined;
      }
    });
  }

  /** All services, by id. */
  hosts(remark: SnapshotRemark = NOTHING): Promise<Snapshot<ServiceState>> {
    const rules = this.#rules;
    return this.#take(function* ({ services, instances, log }): Steps<Snapshot<ServiceState>> {
      const at = placesOf(log.bounds('hosts'));
      const items: ServiceState[] = [];
      for (let after = 0, size = 2 * HOSTS; ; size = HOSTS) {
        const page = services.page(after, size);
        for (const service of page) {
          const servers = service.binary === COMPUTE ? instances.countOn(service.host) : 0;
          items.push({ ...serviceState(service, servers, rules), ...remark(service) });
        }
        if (page.length < size) return { ...at, items };
        after = (page.at(-1) as Service).id;
        yield undefined;
      }
    });
  }

  /** The rows themselves, of all services, by id. */
  services(): Promise<readonly Service[]> {
    return this.#take(function* ({ services }): Steps<Service[]> {
      const all: Service[] = [];
      for (;;) {
        const page = services.page(all.at(-1)?.id ?? 0, FIRST);
        all.push(...page);
        if (page.length < FIRST) return all;
        yield undefined;
      }
    });
  }

  async #take<T>(steps: (tables: Tables) => Steps<T>): Promise<T> {
    const { client, path } = this.#connection;
    const first = client.transaction(() => {
      const making = steps(this.#tables);
      let step = making.next();
      // A database in memory has one connection only: no second one could see it.
      while (!step.done && path === IN_MEMORY) step = making.next();
      return step;
    })();
    return first.done ? first.value : inItsOwnTime(path, steps);
  }
}

/** Opening a connection is a step too, and preparing the statements of each table. */
function inItsOwnTime<T>(path: string, steps: (tables: Tables) => Steps<T>): Promise<T> {
  return timeSlices.run(function* (): Steps<T> {
    yield undefined;
    const reader = connectReader(path);
    try {
      yield undefined;
      reader.client.exec('BEGIN');
      const services = new ServiceTable(reader);
      yield undefined;
      const instances = new InstanceTable(reader);
      yield undefined;
      const log = new LogTable(reader, NOTHING_WRITTEN);
      yield undefined;
      return yield* steps({ services, instances, log });
    } finally {
      reader.client.close();
    }
  });
}
