import { statSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openDatabase } from '../../../db/open.ts';
import { backupSqlite, restoreSqlite } from '../../../db/sqlite/file/backup.ts';
import { openClient } from '../../../db/sqlite/file/client.ts';
import { connect } from '../../../db/sqlite/file/connection.ts';
import { FreeSpace, prepareFreeSpace } from '../../../db/sqlite/file/upkeep/free-space.ts';
import { FakeClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/process.ts';
import { TEST_RULES } from '../../support/store.ts';

const test = suite('space of the file');

/** A file with rows of 4 MB, of which all but a few are then deleted. */
function emptied(path: string) {
  const connection = connect(path);
  const { client } = connection;
  client.exec('CREATE TABLE filler (id INTEGER PRIMARY KEY, text TEXT)');
  const add = client.prepare('INSERT INTO filler (text) VALUES (?)');
  client.transaction(() => {
    for (let n = 0; n < 4_000; n += 1) add.run('x'.repeat(1_000));
  })();
  client.exec('DELETE FROM filler WHERE id > 100');
  return client;
}

test('a file that was mostly emptied gives its space back, in slices', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  const client = emptied(path);
  const size = () => {
    client.pragma('wal_checkpoint(TRUNCATE)');
    return statSync(path).size;
  };
  const full = size();
  const space = new FreeSpace(client);
  let slices = 1;
  let before = client.pragma('page_count', { simple: true }) as number;
  while (space.reclaim()) {
    slices += 1;
    const pages = client.pragma('page_count', { simple: true }) as number;
    assert.ok(before - pages <= 130, `a slice of ${before - pages} pages`);
    before = pages;
  }
  assert.ok(slices > 3, `in ${slices} slices`);
  assert.ok(size() < full / 2, `${full} → ${size()}`);
  assert.is(client.pragma('integrity_check', { simple: true }), 'ok');
  assert.not(space.reclaim(), 'what is left is kept for the next rows');
  client.close();
});

test('less than twice the reserve stays for the next rows', async () => {
  await using folder = await temporaryFolder();
  const { client } = connect(`${folder.path}/a.db`);
  client.exec('CREATE TABLE filler (id INTEGER PRIMARY KEY, text TEXT)');
  const add = client.prepare('INSERT INTO filler (text) VALUES (?)');
  client.transaction(() => {
    for (let n = 0; n < 2_000; n += 1) add.run('x'.repeat(1_000));
  })();
  const free = () => client.pragma('freelist_count', { simple: true }) as number;
  client.exec('DELETE FROM filler WHERE id > 400');
  const kept = free();
  assert.ok(kept > 256 && kept < 512, `${kept} pages are free`);
  assert.not(new FreeSpace(client).reclaim());
  assert.is(free(), kept);
  client.close();
});

test('a file of an earlier hostbeat is rewritten once, so that it can', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/old.db`;
  const old = openClient(path);
  old.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO t (text) VALUES (1)');
  assert.is(old.pragma('auto_vacuum', { simple: true }), 0);
  assert.not(new FreeSpace(old).reclaim());
  prepareFreeSpace(old);
  assert.is(old.pragma('auto_vacuum', { simple: true }), 2);
  old.close();

  const large = openClient(`${folder.path}/large.db`);
  large.exec('CREATE TABLE t (text TEXT)');
  large.prepare('INSERT INTO t SELECT zeroblob(40000000)').run();
  prepareFreeSpace(large);
  assert.is(large.pragma('auto_vacuum', { simple: true }), 0, 'a start is not to wait for that');
  large.close();
});

test('a database that is restored can give space back, whatever the backup could', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/hostbeat.db`;
  const database = await openDatabase(`sqlite:${path}`, { clock: new FakeClock(), rules: TEST_RULES });
  await database.close();
  const old = openClient(path);
  old.pragma('auto_vacuum = NONE');
  old.exec('VACUUM');
  assert.is(old.pragma('auto_vacuum', { simple: true }), 0);
  old.close();
  backupSqlite(path, `${folder.path}/backup.db`);
  restoreSqlite(path, `${folder.path}/backup.db`);
  const restored = openClient(path);
  assert.is(restored.pragma('auto_vacuum', { simple: true }), 2);
  restored.close();
});

test.run();
