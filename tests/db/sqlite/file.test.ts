import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openDatabase } from '../../../db/open.ts';
import { DatabaseRefused } from '../../../db/refused.ts';
import { openClient } from '../../../db/sqlite/file/client.ts';
import { renewEpoch } from '../../../db/sqlite/file/epoch.ts';
import { openConnection } from '../../../db/sqlite/file/open.ts';
import { beginCheck, begunCheck } from '../../../db/sqlite/file/upkeep/early-check.ts';
import { checkIntegrity, verdictOn } from '../../../db/sqlite/file/upkeep/integrity.ts';
import * as schema from '../../../db/sqlite/schema/compute.ts';
import * as identitySchema from '../../../db/sqlite/schema/identity.ts';
import { SqliteStore } from '../../../db/sqlite/store.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { putService, TEST_RULES } from '../../support/store.ts';
import { start } from '../children/start.ts';

const test = suite<{ folder: string; file: string }>('SQLite: the file');

const options = { clock: new FakeClock(), rules: TEST_RULES };

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'hostbeat-'));
  context.file = join(context.folder, 'test.db');
});

test.after.each(({ folder }) => {
  rmSync(folder, { recursive: true });
});

test('a second opening in this process is refused, by whatever name the file is called', async ({ file }) => {
  const database = await openDatabase(`sqlite:${file}`, options);
  symlinkSync(file, `${file}.link`);
  for (const name of [file, `${file}.link`, `//${file}`]) {
    const refused = await refusal(`sqlite:${name}`);
    assert.is(refused.reason, 'locked');
    assert.match(refused.message, 'test.db');
    assert.match(refused.message, `process ${process.pid}`);
  }
  await database.close();
  await (await openDatabase(`sqlite:${file}`, options)).close();
});

test('a second process is refused with the file’s owner, until the owner is killed', async ({ file }) => {
  const holder = start('hold', `sqlite:${file}`);
  assert.is((await holder.lines.next()).value, 'held');
  const refused = await refusal(`sqlite:${file}`);
  assert.is(refused.reason, 'locked');
  assert.match(refused.message, file);
  assert.match(refused.message, String(holder.pid));
  await holder.kill();
  await (await openDatabase(`sqlite:${file}`, options)).close();
});

test('another program may read the database while it is in use', async ({ file }) => {
  const database = await openDatabase(`sqlite:${file}`, options);
  const reader = openClient(file, { readonly: true });
  assert.is(reader.prepare('SELECT count(*) FROM services').pluck().get(), 0);
  reader.close();
  await database.close();
});

test('a file that is not our database is refused and left as it is', async ({ file }) => {
  writeFileSync(
    file,
    'this is a letter, and no database at all; it is long enough to have a header'.repeat(20),
  );
  await refusedUntouched(file, 'foreign');
});

test('a database of another program is refused and left as it is', async ({ file }) => {
  const other = openClient(file);
  other.exec('CREATE TABLE precious (x); INSERT INTO precious VALUES (1)');
  other.close();
  await refusedUntouched(file, 'foreign');
});

test('a database with another application id is refused, empty or not', async ({ file }) => {
  const other = openClient(file);
  other.pragma('application_id = 7');
  other.close();
  await refusedUntouched(file, 'foreign');
});

test('a truncated database is refused as damaged and left as it is', async ({ file }) => {
  await filled(file);
  truncateSync(file, 8_192);
  await refusedUntouched(file, 'damaged');
});

test('a database with a page of rubbish is refused as damaged and left as it is', async ({ file }) => {
  await filled(file);
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4_096 * 3, 4_096 * 4);
  writeFileSync(file, bytes);
  await refusedUntouched(file, 'damaged');
});

test('the pages of a large file are read by a thread of its own, with the same verdict', async ({ file }) => {
  await filled(file);
  const sound = checkIntegrity(file, 0);
  assert.is(await sound.verdict, 'ok');
  await sound.stop();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4_096 * 3, 4_096 * 4);
  writeFileSync(file, bytes);
  const damaged = checkIntegrity(file, 0);
  assert.is(await damaged.verdict, verdictOn(file));
  assert.is.not(await damaged.verdict, 'ok');
  await damaged.stop();
  const stopped = checkIntegrity(file, 0);
  await stopped.stop();
  await stopped.verdict;
});

test('damage found by a check that began early is refused and left as it is', async ({ file }) => {
  await filled(file);
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4_096 * 3, 4_096 * 4);
  writeFileSync(file, bytes);
  await beginCheck(file, 0)?.verdict;
  await refusedUntouched(file, 'damaged');
});

test('a check that began early is used once: a later opening checks again', async ({ file }) => {
  await filled(file);
  beginCheck(file, 0);
  const begun = performance.now();
  const checks = [begunCheck(file), begunCheck(file)];
  assert.equal(
    checks.map(({ since }) => since < begun),
    [true, false],
  );
  for (const check of checks) assert.is(await check.verdict, 'ok');
});

test('no check begins early on a file of others, or on none', ({ file }) => {
  assert.is(beginCheck(file, 0), undefined);
  writeFileSync(file, 'not a database, but long enough to have had a header of one'.repeat(9));
  assert.is(beginCheck(file, 0), undefined);
});

test('a database of a newer hostbeat is refused and left as it is', async ({ file }) => {
  await filled(file);
  const client = openClient(file);
  client.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of tomorrow', 9999999999999)`);
  client.close();
  await refusedUntouched(file, 'newer');
});

test('a folder in place of the file, and a file in no folder, are refused by name', async ({
  file,
  folder,
}) => {
  mkdirSync(file);
  assert.is((await refusal(`sqlite:${file}`)).reason, 'unreachable');
  const refused = await refusal(`sqlite:${folder}/no/such/test.db`);
  assert.is(refused.reason, 'unreachable');
  assert.match(refused.message, '/no/such/test.db');
});

test('another kind of database is refused by its scheme, never by its password', async () => {
  for (const url of [
    'mysql://me:secret@db/x',
    'mongodb://me:secret@db/hostbeat',
    'hostbeat.db',
    'sqlite:',
    '',
  ]) {
    const refused = await refusal(url);
    assert.is(refused.reason, 'unsupported');
    assert.match(refused.message, 'HOSTBEAT_DATABASE_URL');
    assert.match(refused.message, 'sqlite:PATH');
    assert.not.match(refused.message, 'secret');
  }
});

test('an empty file is a new database', async ({ file }) => {
  writeFileSync(file, '');
  await (await openDatabase(`sqlite:${file}`, options)).close();
});

test('a commit is on the disk when it is acknowledged: WAL with full syncs', async ({ file }) => {
  const connection = await openConnection(file);
  const pragma = (name: string) => connection.client.pragma(name, { simple: true });
  assert.is(pragma('journal_mode'), 'wal');
  assert.is(pragma('synchronous'), 2);
  assert.is(pragma('foreign_keys'), 1);
  await connection.close();
});

test('the write-ahead log is written back beside the work, not by a commit', async ({ file }) => {
  const { connection, t, close } = await opened(file);
  const writtenBack = () => {
    const [state] = connection.client.pragma('wal_checkpoint(NOOP)') as { checkpointed: number }[];
    return state?.checkpointed ?? 0;
  };
  let host = 0;
  // A pause is only looked for after so many commits: enough of them, and then some.
  while (host < 1_000 && writtenBack() <= 0) {
    await putService(t, aService({ host: `c${host++}` }));
    await nextTurn();
  }
  assert.ok(writtenBack() > 0);
  await close();
  assert.not(existsSync(`${file}-wal`), 'the last connection folds the log into the file');
});

test('every table of ours is STRICT, and so is the text of every migration', async () => {
  const connection = await openConnection(':memory:');
  const tables = connection.client.pragma('table_list') as { name: string; strict: number; schema: string }[];
  const loose = tables.filter(({ name, strict }) => strict === 0 && !/^(sqlite_|__drizzle_)/.test(name));
  assert.equal(
    loose.map(({ name }) => name),
    [],
    'run "tsx db/sqlite/schema/strict.ts" after drizzle-kit: it makes generated tables STRICT',
  );
  assert.ok(tables.filter(({ strict }) => strict === 1).length >= 5);
  await connection.close();
});

test('the migrations give the columns that the code declares', async () => {
  const connection = await openConnection(':memory:');
  const tables = Object.values({ ...schema, ...identitySchema }).filter((value) => is(value, SQLiteTable));
  assert.ok(tables.length >= 5);
  for (const table of tables) {
    const { name, columns } = getTableConfig(table);
    const found = connection.client.pragma(`table_info(${name})`) as { name: string; type: string }[];
    assert.equal(
      found.map((column) => `${column.name} ${column.type}`.toLowerCase()),
      columns.map((column) => `${column.name} ${column.getSQLType()}`),
      `${name}: run "drizzle-kit generate", then "tsx db/sqlite/schema/strict.ts"`,
    );
  }
  await connection.close();
});

test('a full disk refuses new writes, announces none, and recovers when there is space', async ({ file }) => {
  const { connection, t, close } = await opened(file);
  await putService(t, aService({ host: 'c1' }));
  const head = await t.store.bounds('hosts');
  let sent = 0;
  t.store.onCommit(() => {
    sent += 1;
  });
  const pages = connection.client.pragma('page_count', { simple: true });
  connection.client.pragma(`max_page_count = ${pages}`);
  const many = Array.from({ length: 500 }, (_, n) => putService(t, aService({ host: `d${n}` })));
  const outcomes = await Promise.allSettled(many);
  for (const outcome of outcomes)
    assert.is(outcome.status === 'rejected' && outcome.reason.code, 'storage_full');
  assert.is(sent, 0);
  assert.equal(await t.store.bounds('hosts'), head);
  assert.is((await t.store.services()).length, 1);
  connection.client.pragma('max_page_count = 1000000');
  await putService(t, aService({ host: 'c2' }));
  assert.is((await t.store.bounds('hosts')).head, head.head + 1);
  await close();
});

test('a program that locks the file makes a commit unavailable, not the service', async ({ file }) => {
  const { t, close } = await opened(file);
  const outsider = openClient(file);
  outsider.exec('BEGIN IMMEDIATE');
  const error = await putService(t, aService()).then(
    () => undefined,
    (reason) => reason,
  );
  assert.instance(error, DomainError);
  assert.is(error.code, 'unavailable');
  outsider.exec('ROLLBACK');
  outsider.close();
  assert.ok((await putService(t, aService())).id > 0);
  await close();
});

test('a restored database begins a new epoch and keeps its key', async ({ file }) => {
  const first = await opened(file);
  const { epoch, signingKey } = first.t.store;
  renewEpoch(first.connection);
  await first.close();
  const second = await opened(file);
  assert.is.not(second.t.store.epoch, epoch);
  assert.equal([...second.t.store.signingKey], [...signingKey]);
  await second.close();
});

async function opened(file: string) {
  const connection = await openConnection(file);
  const store = new SqliteStore(connection, { ...options, logger: noLogger });
  const t = { store, clock: options.clock, rules: TEST_RULES };
  return {
    connection,
    t,
    async close() {
      await store.close();
      await connection.close();
    },
  };
}

async function filled(file: string): Promise<void> {
  const { t, close } = await opened(file);
  await Promise.all(Array.from({ length: 500 }, (_, n) => putService(t, aService({ host: `c${n}` }))));
  await close();
}

async function refusal(url: string): Promise<DatabaseRefused> {
  const error = await openDatabase(url, options).then(
    async (database) => {
      await database.close();
    },
    (reason) => reason,
  );
  assert.instance(error, DatabaseRefused);
  return error;
}

async function refusedUntouched(file: string, reason: string): Promise<void> {
  const before = readFileSync(file);
  const refused = await refusal(`sqlite:${file}`);
  assert.is(refused.reason, reason);
  assert.match(refused.message, file);
  assert.ok(readFileSync(file).equals(before));
}

test.run();
