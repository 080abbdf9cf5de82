import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServiceChange } from '../../client-sdk/protocol/items.ts';
import { openDatabase } from '../../db/open.ts';
import type { StreamName } from '../../server/ports/log.ts';
import type { Store } from '../../server/ports/store.ts';
import { anInstance, aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/process.ts';
import { putInstance, putService, type StoreUnderTest, TEST_RULES } from '../support/store.ts';
import { start } from './children/start.ts';

const test = suite('store: kill -9');

const HOSTS = 20;
const ROUNDS = 3;
/** After how many acknowledgements the process is killed: never at the edge of a batch. */
const ACKNOWLEDGED = 333;

test('after kill -9 all acknowledged commits are there, with dense, unique numbers', async () => {
  await using folder = await temporaryFolder();
  const url = `sqlite:${folder.path}/test.db`;
  const epoch = await withStore(url, async (t) => {
    for (let n = 0; n < HOSTS; n += 1) {
      await putService(t, aService({ host: `c${n}` }));
      await putInstance(t, anInstance({ host: `c${n}`, projectId: `p${n % 3}` }));
    }
    return t.store.epoch;
  });
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const storm = start('storm', url, String(round * 1_000_000));
    for (let n = 0; n < ACKNOWLEDGED; n += 1) acknowledged.push((await storm.lines.next()).value);
    await storm.kill();
    for await (const line of { [Symbol.asyncIterator]: () => storm.lines }) acknowledged.push(line);
    await withStore(url, async ({ store }) => {
      assert.is(store.epoch, epoch);
      await holdsAll(store, acknowledged);
      for (const stream of ['hosts', 'project:p0', 'project:p1', 'project:p2'] as const) {
        await dense(store, stream);
      }
    });
  }
  assert.ok(acknowledged.length >= ROUNDS * ACKNOWLEDGED);
});

async function withStore<T>(url: string, work: (t: StoreUnderTest) => Promise<T>): Promise<T> {
  const t = { clock: new FakeClock(), rules: TEST_RULES };
  const { store, close } = await openDatabase(url, t);
  try {
    return await work({ ...t, store });
  } finally {
    await close();
  }
}

/** Also that the rows agree with the log: the newest item of each service is what its row says. */
async function holdsAll(store: Store, acknowledged: readonly string[]): Promise<void> {
  const items = (await wholeLog(store, 'hosts')).flatMap((row) => JSON.parse(row.items) as ServiceChange[]);
  const logged = new Set(items.map(({ host, reason }) => `${host} ${reason}`));
  assert.equal(
    acknowledged.filter((line) => !logged.has(line)),
    [],
  );
  const newest = new Map(items.map(({ host, reason }) => [host, reason]));
  for (const { host, disabledReason } of await store.services()) {
    assert.is(disabledReason, newest.get(host));
  }
}

async function dense(store: Store, stream: StreamName): Promise<void> {
  const rows = await wholeLog(store, stream);
  assert.equal(
    rows.map(({ seq }) => seq),
    rows.map((_, n) => n + 1),
  );
  assert.is((await store.bounds(stream)).head, rows.length);
}

function wholeLog(store: Store, stream: StreamName) {
  return store.log(stream, 0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

test.run();
