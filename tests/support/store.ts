/** A real store for tests: SQLite in memory, or on a file where a test must close and open it again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../db/open.ts';
import type { Clock } from '../../server/domain/clock.ts';
import type { Rules } from '../../server/domain/decision.ts';
import type { Instance } from '../../server/domain/instances/instance.ts';
import { onInstance } from '../../server/domain/instances/placement.ts';
import type { Service } from '../../server/domain/service.ts';
import { onDeclared } from '../../server/domain/transition.ts';
import type { Accounts } from '../../server/ports/accounts.ts';
import type { AuditLog } from '../../server/ports/audit-log.ts';
import type { StreamBounds, StreamName } from '../../server/ports/log.ts';
import type { Store } from '../../server/ports/store.ts';
import { FakeClock } from './clock.ts';

export const TEST_RULES: Rules = { order: 'documented', ownersSeeReason: false };

export interface TestStoreOptions {
  readonly clock?: Clock;
  readonly rules?: Partial<Rules>;
  /** On a temporary file instead of in memory. */
  readonly file?: boolean;
  /** Runs each decision once. Without it each runs twice, as the port allows: decisions must be safe to repeat. */
  readonly once?: boolean;
}

export interface TestStore extends Omit<Database, 'store' | 'accounts' | 'audit' | 'oneAtATime'> {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly url: string;
  /** Closes and opens the same database, if it outlives its process; `store` is the new one from then on. */
  readonly reopen?: () => Promise<Store>;
  /** Also removes the file. */
  close(): Promise<void>;
}

export async function openTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const clock = options.clock ?? new FakeClock();
  const rules = { ...TEST_RULES, ...options.rules };
  const folder = options.file ? mkdtempSync(join(tmpdir(), 'hostbeat-')) : undefined;
  const url = folder === undefined ? 'sqlite::memory:' : `sqlite:${join(folder, 'test.db')}`;
  let database = await openDatabase(url, { clock, rules });
  let twice: Store | undefined;
  async function reopen(): Promise<Store> {
    await database.close();
    database = await openDatabase(url, { clock, rules });
    twice = undefined;
    return database.store;
  }
  return {
    get store() {
      if (options.once) return database.store;
      twice ??= decidesTwice(database.store);
      return twice;
    },
    get audit() {
      return database.audit;
    },
    get explanations() {
      return database.explanations;
    },
    get accounts() {
      return database.accounts;
    },
    get webhooks() {
      return database.webhooks;
    },
    get cursorKeys() {
      return database.cursorKeys;
    },
    get watchKeys() {
      return database.watchKeys;
    },
    clock,
    rules,
    url,
    ...(folder === undefined ? {} : { reopen }),
    async close() {
      await database.close();
      if (folder !== undefined) rmSync(folder, { recursive: true });
    },
  };
}

/** The same store, with every decision run once for nothing before it counts. */
export function decidesTwice(store: Store): Store {
  return new Proxy(store, {
    get(target, key) {
      if (key === 'updateService') {
        return ((ref, decide, urgency) =>
          target.updateService(
            ref,
            (current, servers) => {
              decide(current, servers);
              return decide(current, servers);
            },
            urgency,
          )) satisfies Store['updateService'];
      }
      if (key === 'updateInstance') {
        return ((id, decide) =>
          target.updateInstance(id, (current, computeOf) => {
            decide(current, computeOf);
            return decide(current, computeOf);
          })) satisfies Store['updateInstance'];
      }
      if (key === 'updateDrills') {
        return ((projectId, servers, decide) =>
          target.updateDrills(projectId, servers, (drills, stateOf) => {
            decide(drills, stateOf);
            return decide(drills, stateOf);
          })) satisfies Store['updateDrills'];
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** What the helpers below need of a TestStore. */
export type StoreUnderTest = Pick<TestStore, 'store' | 'clock' | 'rules'>;

/** Stores a service as given, and announces it. */
export async function putService(
  { store, clock, rules }: StoreUnderTest,
  service: Service,
): Promise<Service> {
  const put = await store.updateService(service, (current) =>
    onDeclared(current, service, { actor: 'test', at: clock.now() }, rules),
  );
  return put as Service;
}

/** Stores an instance as given, and announces it. */
export async function putInstance(
  { store, clock, rules }: StoreUnderTest,
  instance: Instance,
): Promise<Instance> {
  const put = await store.updateInstance(instance.id, (current, computeOf) =>
    onInstance(current, instance, computeOf, { cause: 'placement', at: clock.now() }, rules),
  );
  return put as Instance;
}

/** The replayable part of a stream, without the lineage. */
export async function rangeOf(
  store: Pick<Store, 'bounds'>,
  stream: StreamName,
): Promise<Pick<StreamBounds, 'head' | 'floor'>> {
  const { head, floor } = await store.bounds(stream);
  return { head, floor };
}
