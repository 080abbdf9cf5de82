import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backupDatabase, restoreDatabase } from '../../../db/backup.ts';
import { openDatabase } from '../../../db/open.ts';
import { DatabaseRefused } from '../../../db/refused.ts';
import { openClient } from '../../../db/sqlite/file/client.ts';
import { anInstance, aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/process.ts';
import { putInstance, putService, rangeOf, TEST_RULES } from '../../support/store.ts';

const test = suite('SQLite: backup and restore');

test('a backup is taken while the database is in use, and holds what was committed', async () => {
  await using at = await place();
  const t = await at.open();
  await putService(t, aService());
  await backupDatabase(at.url, at.backup);
  await putService(t, aService({ host: 'later' }));
  await t.close();
  const copy = await at.open(`sqlite:${at.backup}`);
  assert.equal(
    (await copy.store.services()).map(({ host }) => host),
    ['c1'],
  );
  assert.is(copy.store.epoch, t.store.epoch);
  await copy.close();
});

test('a restored database has the backup’s state, a new epoch and the old key', async () => {
  await using at = await place();
  const before = await at.open();
  await putService(before, aService());
  await backupDatabase(at.url, at.backup);
  await putInstance(before, anInstance());
  await before.close();
  const aside = await restoreDatabase(at.url, at.backup);
  const after = await at.open();
  assert.is((await after.store.services()).length, 1);
  assert.equal(await rangeOf(after.store, 'project:p1'), { head: 0, floor: 1 });
  assert.is.not(after.store.epoch, before.store.epoch);
  assert.equal([...after.store.signingKey], [...before.store.signingKey]);
  await after.close();
  const kept = await at.open(`sqlite:${aside}`);
  assert.equal(await rangeOf(kept.store, 'project:p1'), { head: 1, floor: 1 });
  await kept.close();
});

test('a backup is restored into an empty place, and a second restore keeps the first', async () => {
  await using at = await place();
  const t = await at.open();
  await backupDatabase(at.url, at.backup);
  await t.close();
  const elsewhere = `${at.url}.other`;
  assert.is(await restoreDatabase(elsewhere, at.backup), undefined);
  const first = await restoreDatabase(elsewhere, at.backup);
  const second = await restoreDatabase(elsewhere, at.backup);
  assert.is.not(first, second);
  assert.ok(existsSync(first as string) && existsSync(second as string));
});

test('a restore after a kill takes the unwritten log of the old database away with it', async () => {
  await using at = await place();
  const t = await at.open();
  await putService(t, aService());
  await backupDatabase(at.url, at.backup);
  await putService(t, aService({ host: 'later' }));
  // What a process that is killed leaves: the file, and beside it what was not written back yet.
  const killed = `${at.file}.killed`;
  for (const part of ['', '-wal', '-shm']) copyFileSync(at.file + part, killed + part);
  await t.close();
  const aside = await restoreDatabase(`sqlite:${killed}`, at.backup);
  assert.is(aside, `${killed}.replaced`);
  for (const part of ['-wal', '-shm']) {
    assert.ok(existsSync(aside + part), `${part} is kept with its database`);
    assert.not(existsSync(killed + part), `${part} is not left beside the restored one`);
  }
  const hosts = async (url: string) => {
    const database = await at.open(url);
    const found = (await database.store.services()).map(({ host }) => host);
    await database.close();
    return found;
  };
  assert.equal(await hosts(`sqlite:${killed}`), ['c1']);
  assert.equal(await hosts(`sqlite:${aside}`), ['c1', 'later']);
});

test('a database with a damaged page is not backed up, though no copy would read it', async () => {
  await using at = await place();
  const t = await at.open();
  await putInstance(t, anInstance());
  await t.close();
  const client = openClient(at.file, { readonly: true });
  const page = client
    .prepare<[], number>("SELECT rootpage FROM sqlite_schema WHERE name = 'instances_named'")
    .pluck()
    .get() as number;
  client.close();
  const bytes = readFileSync(at.file);
  bytes.fill(0xa5, (page - 1) * 4_096, page * 4_096);
  writeFileSync(at.file, bytes);
  assert.is(await reason(backupDatabase(at.url, at.backup)), 'damaged');
  assert.not.ok(existsSync(at.backup));
});

test('a database is not replaced while in use, nor by a file that is not a backup', async () => {
  await using at = await place();
  const t = await at.open();
  await backupDatabase(at.url, at.backup);
  assert.is(await reason(restoreDatabase(at.url, at.backup)), 'locked');
  await t.close();
  const before = readFileSync(at.file);
  writeFileSync(`${at.file}.letter`, 'not a database'.repeat(100));
  assert.is(await reason(restoreDatabase(at.url, `${at.file}.letter`)), 'foreign');
  assert.is(await reason(restoreDatabase(at.url, `${at.file}.nothing`)), 'unreachable');
  assert.is(await reason(backupDatabase(at.url, at.backup)), 'unreachable');
  assert.ok(readFileSync(at.file).equals(before));
  assert.not.ok(existsSync(`${at.file}.restoring`));
});

async function place() {
  const folder = await temporaryFolder();
  const file = `${folder.path}/test.db`;
  const url = `sqlite:${file}`;
  return {
    file,
    url,
    backup: `${folder.path}/backup.db`,
    async open(which = url) {
      const t = { clock: new FakeClock(), rules: TEST_RULES };
      return { ...t, ...(await openDatabase(which, t)) };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function reason(done: Promise<unknown>): Promise<string> {
  const error = await done.then(
    () => undefined,
    (refused) => refused,
  );
  assert.instance(error, DatabaseRefused);
  return error.reason;
}

test.run();
