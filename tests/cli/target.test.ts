/** Which server or which file a command acts on, and what makes a seed or a setting that cannot be meant stop. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withCloud } from '../../server/cli/connection/clouds.ts';
import { serverOf } from '../../server/cli/connection/connection.ts';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { temporaryFolder } from '../support/process.ts';
import { testTerminal } from './output/terminal.ts';

const test = suite('what a command acts on');

test('the given server is used, and a Keystone is not taken for a server', () => {
  const one = (env: Record<string, string>) => serverOf({}, env).urls.join();
  assert.equal(serverOf({ url: ['http://a'] }, { HOSTBEAT_URL: 'http://b' }), {
    urls: ['http://a'],
    from: '--url',
  });
  assert.is(one({ HOSTBEAT_URL: 'http://b/', OS_AUTH_URL: 'http://c/identity' }), 'http://b');
  assert.is(one({ OS_AUTH_URL: 'http://c/x/identity/v3/' }), 'http://c/x');
  assert.is(serverOf({}, {}).from, 'the default');
  assert.throws(
    () => serverOf({}, { OS_AUTH_URL: 'https://keystone.example:5000/v3' }),
    /--url or HOSTBEAT_URL/,
  );
});

test('a cloud of clouds.yaml replaces the variables, and a variable overrides it', () => {
  const files: Record<string, string> = {
    'clouds.yaml':
      'clouds:\n  lab:\n    auth:\n      auth_url: http://h:8774/identity/v3\n      username: a\n      project_name: p\n',
    'secure.yaml': 'clouds:\n  lab:\n    auth:\n      password: s3cret\n',
  };
  const env = withCloud({ OS_CLOUD: 'lab', OS_USERNAME: 'b' }, (path) => files[path]);
  assert.is(env.OS_AUTH_URL, 'http://h:8774/identity/v3');
  assert.is(env.OS_PASSWORD, 's3cret');
  assert.is(env.OS_USERNAME, 'b');
  assert.is(serverOf({}, env).urls[0], 'http://h:8774');
  assert.throws(() => withCloud({ OS_CLOUD: 'lob' }, (path) => files[path]), /no cloud "lob" .*: lab/);
});

test('the database file is acted on with --offline alone, and is said whole', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/a.db`;
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${file}`, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
  const command = async (...args: string[]) => {
    const terminal = testTerminal(env);
    return { code: await run(args, terminal), out: terminal.stdout, err: terminal.stderr };
  };
  assert.is((await command('user', 'list', '--database-url', `sqlite:${file}`)).code, EXIT.usage);
  assert.is((await command('user', 'list', '--offline', '--url', 'http://x')).code, EXIT.usage);
  assert.is((await command('user', 'list', '--offline')).code, EXIT.unavailable);
  assert.not.ok(existsSync(file), 'nothing but serve, seed and migrate begins a database');
  assert.is((await command('migrate')).code, EXIT.ok);
  const { code, out, err } = await command('user', 'list', '--offline');
  assert.is(code, EXIT.ok);
  assert.match(err, `hostbeat: database ${file}`);
  assert.match(out, 'admin@admin', 'HOSTBEAT_ADMIN_PASSWORD means the same wherever a database is begun');
});

test('a seed that names a missing thing is refused by name, or creates it when asked', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/a.db`;
  const seed = `${folder.path}/seed.json`;
  const server = { id: '00000000-0000-4000-8000-000000000001', name: 'vm', project_id: 'p1', host: 'c9' };
  await writeFile(seed, `// a comment\n${JSON.stringify({ instances: [server] })}`);
  const command = async (...args: string[]) => {
    const terminal = testTerminal({ HOSTBEAT_DATABASE_URL: `sqlite:${file}` });
    return { code: await run(args, terminal), out: terminal.stdout, err: terminal.stderr };
  };
  const refused = await command('seed', seed, '--offline');
  assert.is(refused.code, EXIT.data);
  assert.match(refused.err, 'there is no project p1');
  assert.match(refused.err, 'no service is known on host c9');
  assert.not.ok(existsSync(file));
  assert.is((await command('seed', seed, '--offline', '--create-missing')).code, EXIT.ok);
  assert.match((await command('project', 'list', '--offline')).out, 'p1');
  const example = (await command('seed', '--example')).out;
  await writeFile(seed, example);
  const loaded = await command('seed', seed, '--offline');
  assert.is(loaded.code, EXIT.ok, loaded.err);
});

test('init writes a file that serve reads, and an unknown key names the nearest', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/hostbeat.yaml`;
  const command = async (env: Record<string, string>, ...args: string[]) => {
    const terminal = testTerminal(env);
    return { code: await run(args, terminal), out: terminal.stdout, err: terminal.stderr };
  };
  const begun = await command({}, 'init', '--yes', '--output', file, '--listen', '127.0.0.1:9');
  assert.is(begun.code, EXIT.ok, begun.err);
  assert.match(
    readFileSync(file, 'utf8'),
    `sqlite:${process.cwd()}/hostbeat.db`,
    'the same from every folder',
  );
  assert.is(statSync(`${folder.path}/hostbeat-admin-password`).mode & 0o777, 0o600);
  const printed = await command({ HOSTBEAT_REGION: 'r' }, 'config', 'print', '--json', '--config', file);
  const listen = JSON.parse(printed.out).find(({ name }: { name: string }) => name === 'HOSTBEAT_LISTEN');
  assert.equal([listen.value, listen.origin], ['127.0.0.1:9', 'file']);
  assert.is((await command({}, 'init', '--yes', '--output', file)).code, EXIT.failed, 'no file is replaced');
  await writeFile(file, `${readFileSync(file, 'utf8')}\nservice_dwon_time: 5\n`);
  const wrong = await command({}, 'config', 'check', '--config', file);
  assert.is(wrong.code, EXIT.config);
  assert.match(wrong.err, 'did you mean service_down_time?');
  const bad = `${folder.path}/bad/hostbeat.yaml`;
  mkdirSync(`${folder.path}/bad`);
  assert.is((await command({}, 'init', '--yes', '--output', bad, '--listen', 'x')).code, EXIT.config);
  assert.equal(readdirSync(`${folder.path}/bad`), [], 'nothing is left of it');
  const misspelt = { HOSTBEAT_SERVICE_DWON_TIME: '5' };
  assert.match((await command(misspelt, 'config', 'check')).err, 'did you mean HOSTBEAT_SERVICE_DOWN_TIME?');
  assert.is((await command(misspelt, 'config', 'check', '--strict')).code, EXIT.config);
});

test('completion and the manual page name every command', async () => {
  for (const args of [['completion', 'bash'], ['completion', 'zsh'], ['completion', 'fish'], ['man']]) {
    const terminal = testTerminal();
    assert.is(await run(args, terminal), EXIT.ok);
    for (const word of ['force', 'doctor', 'instances']) assert.match(terminal.stdout, word);
  }
});

test.run();
