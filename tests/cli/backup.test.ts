import { readdir, readFile, writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openDatabase } from '../../db/open.ts';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { startServer, temporaryFolder } from '../support/process.ts';
import { TEST_RULES } from '../support/store.ts';
import { testTerminal } from './output/terminal.ts';

const test = suite('hostbeat backup and restore');

test('a copy is taken while a server runs, and put back when it does not', async () => {
  await using folder = await temporaryFolder();
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
  const copy = `${folder.path}/copy.db`;
  const password = `${folder.path}/password`;
  await writeFile(password, 'secret-pw');
  const command = async (...args: string[]) => {
    const terminal = testTerminal(env);
    return { code: await run(args, terminal), ...{ stdout: terminal.stdout, stderr: terminal.stderr } };
  };
  const adding = ['--project', 'demo', '--password-file', password, '--offline'];
  assert.is((await command('user', 'add', 'before', ...adding)).code, EXIT.unavailable, 'none is begun');
  assert.is((await command('migrate')).code, EXIT.ok);
  assert.is((await command('user', 'add', 'before', ...adding)).code, EXIT.ok);
  {
    await using _server = await startServer(env);
    assert.is((await command('backup', copy)).code, EXIT.ok);
    assert.is.not((await command('backup', copy)).code, EXIT.ok, 'a copy is never replaced');
    assert.is((await command('restore', copy)).code, EXIT.tryAgain);
  }
  assert.is((await command('user', 'add', 'after', ...adding)).code, EXIT.ok);
  const restored = await command('restore', copy);
  assert.is(restored.code, EXIT.ok, restored.stderr);
  assert.match(restored.stdout, 'The old database is ');
  const { stdout } = await command('user', 'list', '--offline');
  assert.match(stdout, 'before');
  assert.not.match(stdout, 'after');
  const { audit, close } = await openDatabase(env.HOSTBEAT_DATABASE_URL, {
    clock: systemClock,
    rules: TEST_RULES,
  });
  const [last] = await audit.auditEntries({ limit: 1 });
  assert.equal([last?.action, last?.changes.file?.[1]], ['database.restore', copy]);
  await close();
  assert.is((await command('restore', `${folder.path}/nothing.db`)).code === EXIT.ok, false);
  const astray = await command('backup', `${folder.path}/nowhere/copy.db`);
  assert.is(astray.code, EXIT.unavailable);
  assert.match(astray.stderr, 'check that its folder exists');
  for (const args of [
    ['restore', copy, '--database-url', `sqlite:${folder.path}/nowhere/a.db`],
    ['restore', folder.path],
    ['backup', `${copy}/inside`],
  ])
    assert.is((await command(...args)).code, EXIT.unavailable, args.join(' '));
  const toFolder = await command('migrate', '--database-url', `sqlite:${folder.path}`);
  assert.is(toFolder.code, EXIT.unavailable);
  assert.match(toFolder.stderr, 'is a folder: name a file in it');
});

test('a read-only command creates no database when the name is misspelt', async () => {
  await using folder = await temporaryFolder();
  for (const args of [
    ['user', 'list', '--offline'],
    ['user', 'add', 'x', '--project', 'y', '--offline'],
    ['user', 'passwd', 'x', '--offline'],
    ['project', 'add', 'x', '--offline'],
    ['token', 'list', '--offline'],
    ['token', 'issue', '--host', 'c1', '--offline'],
    ['token', 'revoke', '1', '--offline'],
  ]) {
    const terminal = testTerminal({ HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/hostbaet.db` });
    assert.is(await run(args, terminal), EXIT.unavailable, args.join(' '));
    assert.match(terminal.stderr, 'hostbaet.db does not exist');
  }
  assert.equal(await readdir(folder.path), []);
});

test('an empty file is not a database: nothing is created in it or restored from it', async () => {
  await using folder = await temporaryFolder();
  const [empty, there] = [`${folder.path}/empty.db`, `${folder.path}/there.db`];
  await writeFile(empty, '');
  const command = async (path: string, ...args: string[]) => {
    const terminal = testTerminal({
      HOSTBEAT_DATABASE_URL: `sqlite:${path}`,
      HOSTBEAT_ADMIN_PASSWORD: 'correct horse',
    });
    return { code: await run(args, terminal), stderr: terminal.stderr };
  };
  assert.is((await command(there, 'migrate')).code, EXIT.ok);
  for (const [path, ...args] of [
    [empty, 'user', 'list', '--offline'],
    [empty, 'backup', `${folder.path}/copy.db`],
    [there, 'restore', empty],
  ] as const) {
    const { code, stderr } = await command(path, ...args);
    assert.is(code, EXIT.unavailable, args.join(' '));
    assert.match(stderr, 'empty.db is empty: name the file of a hostbeat database');
  }
  assert.is(await readFile(empty, 'utf8'), '');
  assert.is((await command(there, 'user', 'list', '--offline')).code, EXIT.ok);
});

test.run();
