/** Several stores on one database: each announces what any of them commits, once and in one order. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PostgresStore } from '../../../db/postgres/store.ts';
import { COMPUTE } from '../../../server/domain/service.ts';
import { onServiceRemoved, onSwitched } from '../../../server/domain/transition.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import type { Store } from '../../../server/ports/store.ts';
import { storeModelContract } from '../../contract/store-model.contract.ts';
import { anInstance, aService } from '../../support/builders.ts';
import { hasPostgres, openTwoStores } from '../../support/postgres/stores.ts';
import { putInstance, putService, type TestStore } from '../../support/store.ts';

const test = suite('two processes on one PostgreSQL');

function heardBy({ store }: TestStore): Committed[] {
  const commits: Committed[] = [];
  store.onCommit((committed) => commits.push(committed));
  return commits;
}

async function caughtUp(...stores: readonly TestStore[]): Promise<void> {
  for (const { store } of stores) await (store as unknown as PostgresStore).caughtUp();
}

function promise(text: string, check: (a: TestStore, b: TestStore) => Promise<void>): void {
  test(text, async () => {
    const { a, b, close } = await openTwoStores();
    try {
      await check(a, b);
    } finally {
      await close();
    }
  });
}

promise('written through the one, announced by the other, in every part', async (a, b) => {
  const [byA, byB] = [heardBy(a), heardBy(b)];
  const service = await putService(a, aService());
  await putInstance(a, anInstance());
  const ref = { host: 'c1', binary: COMPUTE };
  const by = { actor: 'op', at: a.clock.now() };
  await a.store.updateService(ref, (current) => onSwitched(current, { forcedDown: true }, by, a.rules));
  await a.store.updateService(ref, (current) => onServiceRemoved(current, by));
  await caughtUp(b);
  assert.is(byA.length, 4);
  assert.equal(byB, byA);
  assert.equal(
    byB[3]?.removedServices.map(({ id }) => id),
    [service.id],
  );
});

promise('written through both at once: one order, and no number twice or left out', async (a, b) => {
  const [byA, byB] = [heardBy(a), heardBy(b)];
  const hosts = Array.from({ length: 200 }, (_, n) => `c${n}`);
  const half = async (t: TestStore, parity: number) => {
    for (const [n, host] of hosts.entries()) if (n % 2 === parity) await putService(t, aService({ host }));
  };
  await Promise.all([half(a, 0), half(b, 1)]);
  await caughtUp(a, b);
  assert.equal(byA, byB);
  const rows = byA.flatMap((commit) => commit.rows);
  assert.equal(
    rows.map(({ seq }) => seq),
    rows.map((_, n) => n + 1),
  );
  const services = await b.store.services();
  assert.is(new Set(services.map(({ id }) => id)).size, hosts.length);
});

promise('an answer comes after its commit was announced, and those of others before it', async (a, b) => {
  await putService(a, aService());
  const heard = heardBy(b);
  await putService(b, aService({ host: 'c2' }));
  const hosts = heard.flatMap(({ services }) => services.map(({ host }) => host));
  assert.is(hosts.at(-1), 'c2');
  await caughtUp(b);
  assert.equal(
    (await b.store.services()).map(({ host }) => host),
    ['c1', 'c2'],
  );
});

promise('two that add the same service: one of them does, the other sees it', async (a, b) => {
  const outcomes = await Promise.all([putService(a, aService()), putService(b, aService({ zone: 'other' }))]);
  assert.is(outcomes[0]?.id, outcomes[1]?.id);
  assert.is((await a.store.services()).length, 1);
});

promise('both have one epoch and one key', async (a, b) => {
  assert.is(a.store.epoch, b.store.epoch);
  assert.equal([...a.store.signingKey], [...b.store.signingKey]);
});

/** Writes go through the one and the other in turn; the second one announces. */
async function openInTurns(): Promise<TestStore> {
  const { a, b, close } = await openTwoStores();
  let turn = 0;
  const next = () => {
    turn += 1;
    return turn % 2 === 0 ? a : b;
  };
  const written = async <T>(write: (store: Store) => Promise<T>): Promise<T> => {
    const result = await write(next().store);
    await caughtUp(b);
    return result;
  };
  const pending = new Set<Promise<unknown>>();
  const store = new Proxy(b.store, {
    get(target, key) {
      if (key === 'updateService' || key === 'updateInstance')
        return (...given: never[]) => {
          const writing = written((each) => (each[key] as (...given: never[]) => Promise<unknown>)(...given));
          pending.add(writing);
          writing.finally(() => pending.delete(writing)).catch(() => undefined);
          return writing;
        };
      // Retention keeps rows for days: none is forgotten that another process has yet to read.
      if (key === 'trim')
        return async (...given: Parameters<Store['trim']>) => {
          await Promise.allSettled(pending);
          return target.trim(...given);
        };
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...b, store, close };
}

if (hasPostgres('two processes on one database')) {
  test.run();
  storeModelContract('PostgreSQL, through two processes in turns', openInTurns);
}
