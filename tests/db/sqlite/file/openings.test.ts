/** What an opening leaves behind when it fails, and what is found out after one. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteClient from 'better-sqlite3';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatabaseRefused } from '../../../../db/refused.ts';
import { openClient } from '../../../../db/sqlite/file/client.ts';
import { isDamage, refusal, unavailable } from '../../../../db/sqlite/file/driver-errors.ts';
import { openConnection } from '../../../../db/sqlite/file/open.ts';
import { openSource } from '../../../../db/sqlite/file/source.ts';
import { beginCheck } from '../../../../db/sqlite/file/upkeep/early-check.ts';
import { verdictOn } from '../../../../db/sqlite/file/upkeep/integrity.ts';

const test = suite<{ folder: string; file: string }>('SQLite: openings');

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'hostbeat-'));
  context.file = join(context.folder, 'test.db');
});

test.after.each(({ folder }) => {
  rmSync(folder, { recursive: true });
});

const reasonOf = (opening: () => unknown) =>
  Promise.resolve()
    .then(opening)
    .then(
      () => 'opened',
      (error) => (error instanceof DatabaseRefused ? error.reason : error),
    );

function anothersDatabase(file: string, applicationId: number): void {
  const client = openClient(file);
  client.pragma(`application_id = ${applicationId}`);
  client.exec('CREATE TABLE theirs (a)');
  client.close();
}

test('nothing is written beside the database of another program that names itself', async ({ file }) => {
  anothersDatabase(file, 0x1234);
  assert.is(await reasonOf(() => openConnection(file)), 'foreign');
  assert.not.ok(existsSync(`${file}.lock`));
});

test('an opening that is refused keeps no lock on the file', async ({ file }) => {
  anothersDatabase(file, 0);
  for (let n = 0; n < 2; n++) {
    assert.is(await reasonOf(() => openConnection(file)), 'foreign');
    assert.is(await reasonOf(() => openSource(file)), 'foreign');
  }
  rmSync(file);
  await (await openConnection(file)).close();
});

test('a database that was read as a whole can be opened again, by readers and writers', async ({ file }) => {
  await (await openConnection(file)).close();
  for (let n = 0; n < 2; n++) {
    const source = openSource(file);
    assert.is(source.value('SELECT count(*) FROM services'), 0);
    assert.is(await reasonOf(() => openConnection(file)), 'locked');
    source.close();
  }
  await (await openConnection(file)).close();
});

test('a database of an older version is not read as a whole, and the fix is named', async ({ file }) => {
  const connection = await openConnection(file);
  connection.client.exec(
    'DELETE FROM __drizzle_migrations WHERE rowid = (SELECT max(rowid) FROM __drizzle_migrations)',
  );
  await connection.close();
  assert.is(await reasonOf(() => openSource(file)), 'unsupported');
});

test('damage that a long check finds after the opening is said', async ({ file }) => {
  const connection = await openConnection(file);
  connection.client.exec(`CREATE TABLE big (a);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
    INSERT INTO big SELECT zeroblob(4000) FROM n`);
  await connection.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, bytes.length - 4_096 * 8, bytes.length - 4_096 * 7);
  writeFileSync(file, bytes);
  beginCheck(file, 0);
  // As if it had its head start already.
  const { now } = performance;
  performance.now = () => now.call(performance) + 60_000;
  let opened: Awaited<ReturnType<typeof openConnection>>;
  try {
    opened = await openConnection(file);
  } finally {
    performance.now = now;
  }
  assert.match(String(await opened.damage), /page|tree|malformed/i);
  await opened.close();
});

test('damage of the page that everything begins with is a finding, too', async ({ file }) => {
  await (await openConnection(file)).close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 100, 4_096);
  writeFileSync(file, bytes);
  assert.match(verdictOn(file), /malformed|corrupt/i);
});

test('a sound file has no damage', async ({ file }) => {
  await (await openConnection(file)).close();
  beginCheck(file, 0);
  const opened = await openConnection(file);
  assert.is(await opened.damage, undefined);
  await opened.close();
});

test('errors of the driver become ours by their codes', () => {
  const driver = (code: string) => new SqliteClient.SqliteError('words of the driver', code);
  assert.equal(
    ['SQLITE_CORRUPT', 'SQLITE_CORRUPT_VTAB', 'SQLITE_NOTADB', 'SQLITE_FULL', 'SQLITE_BUSY'].map((code) =>
      isDamage(driver(code)),
    ),
    [true, true, true, false, false],
  );
  assert.not.ok(isDamage(new Error('SQLITE_CORRUPT')));
  const full = unavailable(driver('SQLITE_FULL'));
  const other = unavailable(driver('SQLITE_IOERR'));
  assert.equal([full.code, other.code], ['storage_full', 'unavailable']);
  assert.not.match(`${full.message}${other.message}`, 'words of the driver');
  assert.is((refusal(driver('SQLITE_CONSTRAINT_UNIQUE')) as { code?: string }).code, 'conflict');
  const ours = new Error('ours');
  assert.is(refusal(ours), ours);
  // Goes through: it ends the transaction.
  for (const code of ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CORRUPT']) {
    assert.throws(
      () => refusal(driver(code)),
      (error: unknown) => error instanceof SqliteClient.SqliteError,
    );
  }
});

test.run();
