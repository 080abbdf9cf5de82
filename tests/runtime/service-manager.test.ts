/** What systemd hears of us, by a systemd-notify of the test's own that writes down what it is given. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serviceManager } from '../../server/runtime/service-manager.ts';
import { hostbeat, runCommand, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('systemd');

/** A PATH with our systemd-notify before the real one, and what it was given: a line a message. */
function notified(folder: string) {
  const heard = `${folder}/heard`;
  writeFileSync(`${folder}/systemd-notify`, `#!/bin/sh\necho "$*" >>${heard}\n`);
  chmodSync(`${folder}/systemd-notify`, 0o755);
  return {
    env: { PATH: `${folder}:${process.env.PATH}`, NOTIFY_SOCKET: '/run/systemd/notify' },
    heard: () => (existsSync(heard) ? readFileSync(heard, 'utf8').split('\n').slice(0, -1) : []),
  };
}

test('without systemd nothing is started, and its variables reach no command of ours', async () => {
  const env: Record<string, string | undefined> = { WATCHDOG_USEC: '1', PATH: '/nowhere' };
  serviceManager(env, assert.unreachable).ready('x');
  assert.equal(env, { PATH: '/nowhere' });
});

test('a missing systemd-notify is a warning, once', async () => {
  const warnings: string[] = [];
  const env = { NOTIFY_SOCKET: '/nowhere', PATH: '/nowhere' };
  const manager = serviceManager(env, (line) => warnings.push(line));
  manager.ready('x');
  await until('the warning', () => warnings.length === 1);
  manager.status('y');
  assert.match(warnings[0] ?? '', /is systemd-notify installed/);
});

test('a watchdog of another process is not fed', async () => {
  await using folder = await temporaryFolder();
  const { env, heard } = notified(folder.path);
  const manager = serviceManager({ ...env, WATCHDOG_USEC: '4000', WATCHDOG_PID: '1' }, assert.unreachable);
  manager.status('two\nlines');
  manager.status('the end');
  await until('the status', () => heard().length === 2);
  assert.equal(heard(), ['STATUS=two lines', 'STATUS=the end']);
});

/** Hangs for ten signs of life, and prints how many were given meanwhile: one at most was on its way. */
const HANGS = (folder: string) => `
import { readFileSync } from 'node:fs';
import { serviceManager } from ${JSON.stringify(new URL('../../server/runtime/service-manager.ts', import.meta.url).href)};
const heard = () => readFileSync('${folder}/heard', 'utf8').split('\\n').filter((line) => line === 'WATCHDOG=1').length;
const rest = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
serviceManager(process.env, console.error).ready('here');
const look = setInterval(() => {
  try {
    if (heard() < 2) return;
  } catch { return; }
  clearInterval(look);
  const before = heard();
  for (let i = 0; i < 20; i += 1) rest();
  console.log(heard() - before);
  process.exit(0);
}, 10);
`;

test('a process whose event loop hangs gives no sign of life', async () => {
  await using folder = await temporaryFolder();
  const { env } = notified(folder.path);
  writeFileSync(`${folder.path}/hangs.ts`, HANGS(folder.path));
  const { stdout, stderr } = await runCommand(process.execPath, [`${folder.path}/hangs.ts`], {
    ...env,
    WATCHDOG_USEC: '400000',
  });
  assert.ok(Number(stdout) <= 1 && stdout !== '', stdout + stderr);
});

test('a server is ready when it listens, alive, reloading, ready again and stopping', async () => {
  await using folder = await temporaryFolder();
  const { env, heard } = notified(folder.path);
  const server = await startServer({
    ...env,
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    WATCHDOG_USEC: '400000',
  });
  await until('a sign of life', () => heard().includes('WATCHDOG=1'));
  process.kill(server.pid, 'SIGHUP');
  await until('ready again', () => heard().filter((line) => line.startsWith('READY=1')).length === 2);
  await server.stop();
  await until('the last word', () => heard().some((line) => line.startsWith('STOPPING=1')));
  const said = heard().filter((line) => line !== 'WATCHDOG=1');
  assert.match(said[0] ?? '', /^READY=1 STATUS=listens on http:\/\/127/);
  assert.is(said[1], 'RELOADING=1');
  assert.match(said[2] ?? '', /^READY=1 STATUS=listens on/);
  assert.is(said[3], 'STOPPING=1 STATUS=closing');
});

test('an agent is ready although its server is away, and its state is its status', async () => {
  await using folder = await temporaryFolder();
  const { env, heard } = notified(folder.path);
  const agent = hostbeat(['agent', '--url', 'http://127.0.0.1:9', '--host', 'c1'], {
    ...env,
    HOSTBEAT_TOKEN: 'x',
  });
  try {
    await until('its status', () => heard().some((line) => /^STATUS=cannot reach/.test(line)));
    assert.match(heard()[0] ?? '', /^READY=1 STATUS=/);
    agent.kill('SIGTERM');
    await until('the last word', () => heard().some((line) => line.startsWith('STOPPING=1')));
  } finally {
    agent.kill('SIGKILL');
  }
});

test.run();
