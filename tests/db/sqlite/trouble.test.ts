import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openDatabase } from '../../../db/open.ts';
import { openClient } from '../../../db/sqlite/file/client.ts';
import { openConnection } from '../../../db/sqlite/file/open.ts';
import { SqliteStore } from '../../../db/sqlite/store.ts';
import type { DomainError } from '../../../server/domain/errors.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { putService, TEST_RULES } from '../../support/store.ts';

const test = suite<{ folder: string }>('SQLite: in trouble');

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'hostbeat-'));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

test('a commit waits for an outsider to let go, and the event loop does not', async ({ folder }) => {
  await using t = await opened(folder);
  const outsider = openClient(t.file);
  outsider.exec('BEGIN EXCLUSIVE');
  let kept = false;
  const put = putService(t, aService()).then(() => {
    kept = true;
  });
  for (let n = 0; n < 5; n += 1) await t.fire();
  assert.not.ok(kept);
  assert.is(t.store.trouble(), undefined, 'a short wait is no trouble');
  assert.is((await t.store.services()).length, 0, 'what is known is answered meanwhile');
  outsider.exec('ROLLBACK');
  outsider.close();
  await t.fire();
  await put;
});

test('after two seconds callers are refused at once, with the reason', async ({ folder }) => {
  await using t = await opened(folder);
  const outsider = openClient(t.file);
  outsider.exec('BEGIN EXCLUSIVE');
  const first = refusalOf(putService(t, aService()));
  let waited = 0;
  await nextTurn();
  while (t.store.trouble() === undefined) waited += await t.fire();
  assert.is((await first)?.code, 'unavailable');
  assert.is(waited, 2_000);
  assert.match(`${t.store.trouble()}`, 'another program has locked the database');
  assert.is((await refusalOf(putService(t, aService())))?.code, 'unavailable');
  outsider.exec('ROLLBACK');
  outsider.close();
  await putService(t, aService());
  assert.is(t.store.trouble(), undefined);
});

test('urgent commands go ahead of those that waited longer', async ({ folder }) => {
  await using t = await opened(folder);
  const sent: string[] = [];
  t.store.onCommit(({ services }) => sent.push(...services.map(({ host }) => host)));
  const outsider = openClient(t.file);
  outsider.exec('BEGIN EXCLUSIVE');
  const normal = putService(t, aService({ host: 'first' }));
  await t.fire();
  const service = aService({ host: 'urgent' });
  const urgent = t.store.updateService(service, () => ({ service }), { urgent: true });
  outsider.exec('ROLLBACK');
  outsider.close();
  await t.fire();
  await Promise.all([normal, urgent]);
  assert.equal(sent, ['urgent', 'first']);
});

for (const [what, make, repair, words, code] of [
  ['a full disk', 'max_page_count = 1', 'max_page_count = 1000000', 'the disk is full', 'storage_full'],
  ['a file system gone read-only', 'query_only = ON', 'query_only = OFF', 'is read-only', 'unavailable'],
] as const) {
  test(`${what} is reported while it lasts, and its end is found without help`, async ({ folder }) => {
    await using t = await opened(folder);
    t.connection.client.pragma(make);
    const many = Array.from({ length: 100 }, (_, n) => refusalOf(putService(t, aService({ host: `c${n}` }))));
    for (const refusal of await Promise.all(many)) assert.is(refusal?.code, code);
    assert.match(`${t.store.trouble()}`, words);
    t.connection.client.pragma(repair);
    assert.is(await t.fire(), 1_000);
    assert.is(t.store.trouble(), undefined);
  });
}

test('damage found while running stops all writing; reading continues', async ({ folder }) => {
  await using t = await opened(folder);
  await putService(t, aService());
  t.store.damaged('page 3 is no page');
  assert.match(`${t.store.trouble()}`, 'page 3 is no page');
  assert.is((await refusalOf(putService(t, aService({ host: 'c2' }))))?.code, 'unavailable');
  assert.is((await t.store.services()).length, 1);
  assert.is(await t.fire(), 0, 'nobody hopes for the better');
});

test('a write of an account that fails is refused as unavailable, and reported', async ({ folder }) => {
  const file = join(folder, 'test.db');
  const database = await openDatabase(`sqlite:${file}`, { clock: new FakeClock(), rules: TEST_RULES });
  const outsider = openClient(file);
  outsider.exec('BEGIN EXCLUSIVE');
  const refusal = await refusalOf(database.accounts.putRole({ id: 'r1', name: 'r1', description: null }));
  assert.is(refusal?.code, 'unavailable');
  assert.match(`${database.store.trouble()}`, 'another program has locked the database');
  outsider.close();
  await database.close();
});

/** A store on a file, whose waiting is in the test's hand. */
async function opened(folder: string) {
  const file = join(folder, 'test.db');
  const connection = await openConnection(file);
  const clock = new FakeClock();
  let waiting: { readonly then: () => void; readonly ms: number }[] = [];
  const store = new SqliteStore(connection, {
    clock,
    rules: TEST_RULES,
    logger: noLogger,
    setTimer(then, ms) {
      waiting.push({ then, ms });
      return () => undefined;
    },
  });
  return {
    file,
    connection,
    store,
    clock,
    rules: TEST_RULES,
    /** What waits has its turn. @returns for how long it waited, in milliseconds */
    async fire(): Promise<number> {
      await nextTurn();
      const now = waiting;
      waiting = [];
      for (const { then } of now) then();
      await nextTurn();
      await nextTurn();
      return now.reduce((longest, { ms }) => Math.max(longest, ms), 0);
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await connection.close();
    },
  };
}

async function refusalOf(work: Promise<unknown>): Promise<DomainError | undefined> {
  return work.then(
    () => undefined,
    (error) => error,
  );
}

test.run();
