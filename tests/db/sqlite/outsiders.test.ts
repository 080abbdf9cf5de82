/** What a shell on the machine may do to the file of a database, and what it gets to see of it. */
import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backupDatabase, restoreDatabase } from '../../../db/backup.ts';
import { openDatabase } from '../../../db/open.ts';
import { openClient } from '../../../db/sqlite/file/client.ts';
import { connect } from '../../../db/sqlite/file/connection.ts';
import { watchFile } from '../../../db/sqlite/file/file-watch.ts';
import { Checkpointer } from '../../../db/sqlite/file/upkeep/checkpointer.ts';
import { walBytes } from '../../../db/sqlite/file/upkeep/wal-size.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { putService, TEST_RULES } from '../../support/store.ts';
import { within } from '../../support/within.ts';

const test = suite<{ folder: string }>('outsiders at the file');

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'hostbeat-'));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

// What watches a file keeps no process alive; the test does.
const alive = setInterval(() => {}, 60_000);
test.after(() => clearInterval(alive));

const options = { clock: new FakeClock(), rules: TEST_RULES };
const mode = (file: string) => `0${(statSync(file).mode & 0o777).toString(8)}`;

test('only the owner can read its files, whatever the umask', async ({ folder }) => {
  const umask = process.umask(0);
  const file = join(folder, 'h.db');
  const url = `sqlite:${file}`;
  try {
    const database = await openDatabase(url, options);
    await putService({ ...database, ...options }, aService());
    for (const part of ['', '-wal', '-shm', '.lock']) assert.is(mode(file + part), '0600', part);
    await backupDatabase(url, join(folder, 'copy.db'));
    assert.is(mode(join(folder, 'copy.db')), '0600');
    await database.close();
    await restoreDatabase(url, join(folder, 'copy.db'));
    assert.is(mode(file), '0600');
    assert.is(mode(`${file}.replaced`), '0600');
    process.umask(0o777);
    await (await openDatabase(`sqlite:${join(folder, 'other.db')}`, options)).close();
    assert.is(mode(join(folder, 'other.db')), '0600');
  } finally {
    process.umask(umask);
  }
});

test('no lock is left beside a file that is not our database', async ({ folder }) => {
  const own = join(folder, 'own.db');
  await (await openDatabase(`sqlite:${own}`, options)).close();
  writeFileSync(join(folder, 'text'), 'not a database '.repeat(10));
  const other = openClient(join(folder, 'other.db'));
  other.exec('PRAGMA application_id = 1; CREATE TABLE t (x)');
  other.close();
  for (const name of ['text', 'other.db']) {
    const url = `sqlite:${join(folder, name)}`;
    const refused = await openDatabase(url, options).catch((error) => error);
    assert.is(refused.reason, 'foreign', name);
    assert.match(refused.message, 'name the file of a hostbeat database');
    const kept = await restoreDatabase(`sqlite:${join(folder, 'new.db')}`, join(folder, name)).catch(
      (e) => e,
    );
    assert.is(kept.reason, 'foreign', name);
  }
  const gone = { ...options, mustExist: true };
  assert.is(
    (await openDatabase(`sqlite:${join(folder, 'gone.db')}`, gone).catch((e) => e)).reason,
    'unreachable',
  );
  assert.equal(readdirSync(folder).sort(), ['other.db', 'own.db', 'own.db.lock', 'text']);
});

test('a file that others may open is named, with the mode it has', async ({ folder }) => {
  const file = join(folder, 'h.db');
  await (await openDatabase(`sqlite:${file}`, options)).close();
  chmodSync(file, 0o644);
  const warned: unknown[] = [];
  const logger = {
    ...noLogger,
    warn: (...words: unknown[]) => void warned.push(...words),
  } as typeof noLogger;
  await (await openDatabase(`sqlite:${file}`, { ...options, logger })).close();
  assert.match(String(warned), /h\.db may be opened by other users of this machine \(0644\)/);
});

test('a file that is removed or replaced is noticed, and that it is back as well', async ({ folder }) => {
  const file = join(folder, 'h.db');
  writeFileSync(file, 'the one');
  const changes: (string | undefined)[] = [];
  let heard = Promise.withResolvers<string | undefined>();
  const next = async () => {
    const words = await within('a word of the watch', heard.promise);
    heard = Promise.withResolvers();
    return words;
  };
  let looks = 0;
  const { promises } = await import('node:fs');
  const looked = Promise.withResolvers<void>();
  const stop = watchFile(file, {
    every: 5,
    changed(words) {
      changes.push(words);
      heard.resolve(words);
    },
    async stat(path) {
      if (++looks > 2) looked.resolve();
      return promises.stat(path, { bigint: true });
    },
  });
  await looked.promise;
  renameSync(file, `${file}.away`);
  assert.match(`${await next()}`, 'was removed');
  writeFileSync(file, 'another');
  assert.match(`${await next()}`, 'was replaced by another file');
  renameSync(`${file}.away`, file);
  assert.is(await next(), undefined);
  stop();
  assert.is(changes.length, 3);
});

test('nothing is recorded in a file that was removed, and the reason is given', async ({ folder }) => {
  const file = join(folder, 'h.db');
  const database = await openDatabase(`sqlite:${file}`, options);
  const store = database.store as typeof database.store & { fileLost(words: string | undefined): void };
  store.fileLost('it was removed');
  assert.is(database.store.trouble(), 'it was removed');
  const refused = await putService({ ...database, ...options }, aService()).catch((error) => error);
  assert.is(refused?.code, 'unavailable');
  store.fileLost(undefined);
  await putService({ ...database, ...options }, aService());
  assert.is(database.store.trouble(), undefined);
  await database.close();
});

test('an outside read transaction grows the log, which is reported, and cut afterwards', async ({
  folder,
}) => {
  const file = join(folder, 'h.db');
  const { client } = connect(file);
  client.exec('CREATE TABLE t (x BLOB)');
  const outsider = openClient(file, { readonly: true });
  outsider.exec('BEGIN; SELECT count(*) FROM t');
  const said: string[] = [];
  let spoken = Promise.withResolvers<void>();
  const say = (_: object, words: string) => {
    said.push(words);
    spoken.resolve();
  };
  const logger = { ...noLogger, warn: say, info: say } as unknown as typeof noLogger;
  const checkpointer = new Checkpointer(file, logger, { kept: 100_000, bound: 200_000, tryAgainMs: 5 });
  for (let n = 0; n < 100; n++) client.exec('INSERT INTO t VALUES (randomblob(4000))');
  checkpointer.tidy();
  await within('that it has grown', spoken.promise);
  assert.ok(checkpointer.isOverBound && checkpointer.walBytes > 200_000);
  spoken = Promise.withResolvers<void>();
  outsider.exec('COMMIT');
  outsider.close();
  await within('that it is small again', spoken.promise);
  assert.not.ok(checkpointer.isOverBound);
  assert.ok(walBytes(file) <= 100_000);
  assert.is(said.length, 2);
  await checkpointer.close();
  client.close();
});

test.run();
