/** The server as a process: what it prints, how it refuses to start, how it ends. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { run } from '../../server/cli/index.ts';
import { handOutPassword, passwordFileOf } from '../../server/cli/serve/first-password.ts';
import { login } from '../support/http.ts';
import { hostbeat, runHostbeat, temporaryFolder } from '../support/process.ts';
import { Arrivals } from './agent/scripted-server.ts';
import { testTerminal } from './output/terminal.ts';
import { signal } from './signal.ts';

const test = suite('hostbeat serve');

interface Served extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly url: string;
  readonly out: Arrivals<string>;
  readonly log: Arrivals<{ level: number; msg: string }>;
  readonly ended: Promise<number | null>;
}

/** Reads standard output and the log as they come; every line of the log must be JSON. */
async function startServing(args: readonly string[], env: Record<string, string>): Promise<Served> {
  const child = hostbeat(['serve', '--listen', '127.0.0.1:0', ...args], {
    HOSTBEAT_LOG_LEVEL: 'info',
    ...env,
  });
  const out = new Arrivals<string>();
  const log: Served['log'] = new Arrivals();
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => out.push(line));
  if (child.stderr !== null)
    createInterface({ input: child.stderr }).on('line', (line) => log.push(JSON.parse(line)));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const first = await out.next('the line with the URL');
  const url = /^hostbeat [\d.]+ listens on (http:\/\/127\.0\.0\.1:\d+) \(dashboard \S+, docs \S+\)$/.exec(
    first,
  )?.[1];
  assert.ok(url, first);
  return {
    process: child,
    url,
    out,
    log,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

async function logged(served: Served, words: RegExp): Promise<string> {
  for (;;) {
    const { msg } = await served.log.next(String(words));
    if (words.test(msg)) return msg;
  }
}

test('a new database has an admin with a private password, and SIGTERM ends with 0', async () => {
  await using folder = await temporaryFolder();
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`, HOSTBEAT_ADMIN_PASSWORD: '' };
  let password: string | undefined;
  {
    await using served = await startServing([], env);
    const line = await served.out.next('the password');
    const path = /^The password of user admin is in (\S+), /.exec(line)?.[1] ?? line;
    assert.is(path, `${folder.path}/a-admin-password`);
    assert.is((await stat(path)).mode & 0o777, 0o600);
    password = (await readFile(path, 'utf8')).trim();
    await login(served.url, 'admin', password, 'admin');
    signal(served.process, 'SIGTERM');
    assert.is(await served.ended, 0);
  }
  await using again = await startServing([], env);
  await login(again.url, 'admin', password ?? '', 'admin');
  signal(again.process, 'SIGINT');
  assert.is(await again.ended, 0);
  again.out.push('the end');
  assert.is(await again.out.next('the end'), 'the end', 'the password is not printed again');
});

test('each database of a folder has a password file of its own', async () => {
  await using folder = await temporaryFolder();
  const handOut = (name: string, password: string) => {
    const terminal = testTerminal();
    handOutPassword(password, `sqlite:${folder.path}/${name}`, terminal);
    assert.match(terminal.stdout, `${folder.path}/`);
  };
  const read = (name: string) => readFile(`${folder.path}/${name}-admin-password`, 'utf8');
  handOut('hostbeat.db', 'first');
  handOut('lab.db', 'second');
  assert.equal([await read('hostbeat'), await read('lab')], ['first\n', 'second\n']);
  const remote = ['a', 'b'].map((host) => passwordFileOf(`postgres://u:secret@${host}/hostbeat`));
  assert.is(new Set(remote).size, 2);
  assert.not.match(remote.join(' '), 'secret');
});

test('a password that cannot be written ends with the way to set another', async () => {
  const terminal = testTerminal();
  handOutPassword('lost', 'sqlite:/proc/none/hostbeat.db', terminal);
  assert.match(terminal.stdout, /could not be written \(.*hostbeat user passwd admin --offline/);
});

test('a given password is used and not printed; corrected settings are in the log', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/password`;
  await writeFile(file, 'given-pw\n');
  await using served = await startServing(
    ['--admin-password-file', file, '--report-interval', '2s', '--service-down-time', '1s'],
    { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`, HOSTBEAT_ADMIN_PASSWORD: '' },
  );
  assert.match(await logged(served, /SERVICE_DOWN_TIME/), '5s is used');
  await login(served.url, 'admin', 'given-pw', 'admin');
});

test('the first signal lets clients go with a hint', async () => {
  await using folder = await temporaryFolder();
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
  await using served = await startServing([], env);
  const { token } = await login(served.url, 'admin', 'pw', 'admin');
  const socket = new WebSocket(`${served.url.replace('http', 'ws')}/v1/stream`, ['hostbeat.v1'], {
    headers: { 'x-auth-token': token },
  });
  const frames = new Arrivals<{ type: string }>();
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  socket.on('error', () => {});
  assert.is((await frames.next('welcome')).type, 'welcome');
  signal(served.process, 'SIGTERM');
  let frame = await frames.next('a frame');
  while (frame.type !== 'drain') frame = await frames.next('drain');
  assert.is(await served.ended, 0);
});

test('the second signal does not wait', async () => {
  await using folder = await temporaryFolder();
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
  await using served = await startServing([], env);
  // A process that is stopped finds both when it goes on, in an order of its system's own.
  for (const name of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGCONT'] as const) signal(served.process, name);
  assert.ok([130, 143].includes((await served.ended) ?? 0));
});

/** A server with a policy, and the file that it is in. */
async function withPolicy(folder: string): Promise<{ served: Served; policy: string }> {
  const policy = `${folder}/policy.yaml`;
  await writeFile(policy, '"os_compute_api:servers:show:host_status": "rule:admin_api"\n');
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder}/a.db`, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
  return { served: await startServing(['--policy-file', policy], env), policy };
}

test('a wrong setting ends with 78 and its name, and config check says the same', async () => {
  await using folder = await temporaryFolder();
  const file = (name: string) => `${folder.path}/${name}`;
  await writeFile(file('policy'), ': : no YAML');
  await writeFile(file('pem'), 'no PEM');
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${file('a.db')}`, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
  for (const [setting, args] of [
    ['policy:1', ['--policy-file', file('policy')]],
    ['HOSTBEAT_POLICY_FILE', ['--policy-file', folder.path]],
    ['HOSTBEAT_TLS_CERT: .*no certificate', ['--tls-cert', file('pem'), '--tls-key', file('pem')]],
    ['HOSTBEAT_TLS_CERT: .*EISDIR', ['--tls-cert', folder.path, '--tls-key', file('pem')]],
    ['HOSTBEAT_WEBHOOK_NETWORKS', ['--webhook-networks', 'fish']],
  ] as const)
    for (const command of [
      ['serve', '--listen', '127.0.0.1:0'],
      ['config', 'check'],
    ]) {
      const terminal = testTerminal(env);
      assert.is(await run([...command, ...args], terminal), 78, `${command[0]} ${terminal.stderr}`);
      assert.match(terminal.stderr, new RegExp(setting));
    }
  assert.not.ok(existsSync(file('a.db')), 'nothing was opened');
});

test('SIGHUP reloads the policy; one that cannot be used leaves the old one in force', async () => {
  await using folder = await temporaryFolder();
  const { served, policy } = await withPolicy(folder.path);
  await using _served = served;
  signal(served.process, 'SIGHUP');
  await logged(served, /^policy reloaded/);
  await writeFile(policy, '"os_compute_api:servers:show:host_status": "rule:("\n');
  signal(served.process, 'SIGHUP');
  await logged(served, /^policy not reloaded/);
  signal(served.process, 'SIGTERM');
  assert.is(await served.ended, 0);
});

test('a policy file that changes is reloaded without a signal', async () => {
  await using folder = await temporaryFolder();
  const { served, policy } = await withPolicy(folder.path);
  await using _served = served;
  await writeFile(policy, '"os_compute_api:servers:show:host_status": "@"  # everybody\n');
  await logged(served, /^policy reloaded: its file has changed/);
  signal(served.process, 'SIGTERM');
  assert.is(await served.ended, 0);
});

test('a used or damaged database is left unchanged, each case with its own exit code', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/a.db`;
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${file}`, HOSTBEAT_ADMIN_PASSWORD: 'pw', HOSTBEAT_URL: '' };
  {
    await using _served = await startServing([], env);
    for (const args of [['serve', '--listen', '127.0.0.1:0'], ['migrate'], ['user', 'list', '--offline']]) {
      const refused = await runHostbeat(args, env);
      assert.is(refused.code, 75, args.join(' '));
      assert.match(refused.stderr, file);
    }
  }
  const damaged = `${folder.path}/damaged.db`;
  await writeFile(damaged, 'this is no database, and long enough to be looked at'.repeat(100));
  const refused = await runHostbeat(['serve', '--listen', '127.0.0.1:0'], {
    ...env,
    HOSTBEAT_DATABASE_URL: `sqlite:${damaged}`,
  });
  assert.is(refused.code, 74);
  assert.match(refused.stderr, damaged);
  assert.match(await readFile(damaged, 'utf8'), /^this is no database/);
});

test('an address in use and wrong settings are reported in plain words', async () => {
  await using folder = await temporaryFolder();
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
  await using served = await startServing([], env);
  const second = await runHostbeat(['serve', '--listen', new URL(served.url).host], {
    ...env,
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/b.db`,
  });
  assert.is(second.code, 69);
  assert.match(second.stderr, '--listen: 127.0.0.1:');
  assert.not.ok(existsSync(`${folder.path}/b.db`), 'no database is left behind');
  const wrong = await runHostbeat(['serve', '--retention', '7 days'], env);
  assert.is(wrong.code, 78);
  assert.match(wrong.stderr, '--retention ("7 days") must be a duration');
});

test.run();
