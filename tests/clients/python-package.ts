/**
 * The Python package `hostbeat`: the conformance kit, its types, and the programs of its README through kill -9 of the server.
 * Needs: apt-get install python3-websockets python3-keystoneauth1; mypy where the types are to be checked.
 */
import '../../server/runtime/supported.mjs';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../support/free-port.ts';
import { login } from '../support/http.ts';
import {
  runCommand,
  runHostbeat,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/process.ts';
import { until } from '../support/within.ts';

const PYTHON = '/usr/bin/python3';
const root = resolve(import.meta.dirname, '../../client-sdk/python');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const PROGRAMS = Object.fromEntries(
  [...readme.matchAll(/^```python ([\w.]+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, text]),
);

const test = suite('the Python package');
const folder = await temporaryFolder();
const port = await freePort();
const started: ChildProcess[] = [];
let server: ServerProcess;

async function start(): Promise<void> {
  server = await startServer({
    HOSTBEAT_LISTEN: `127.0.0.1:${port}`,
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/python.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_TOKEN_LIFETIME: '5',
  });
}

test.after(async () => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test('it passes every scenario of the kit that goes over a WebSocket', async () => {
  const client = [PYTHON, join(root, 'tests/conformance_client.py')];
  const args = ['conformance', 'serve', '--transport', 'websocket', '--patience', '20000', '--', ...client];
  const { code, stdout, stderr } = await runHostbeat(args);
  assert.is(code, 0, `${stdout}\n${stderr}`);
});

test('its types hold, where there is mypy', async () => {
  const hasMypy = (await runCommand(PYTHON, ['-m', 'mypy', '--version'])).code === 0;
  if (!hasMypy) return;
  const { code, stdout } = await runCommand(PYTHON, [
    ...['-m', 'mypy', '--strict', '--ignore-missing-imports', '--cache-dir', join(folder.path, 'mypy')],
    join(root, 'src'),
  ]);
  assert.is(code, 0, stdout);
});

/** Lines that the program prints, as they come. */
function run(name: string, env: Record<string, string>): string[] {
  writeFileSync(join(folder.path, name), PROGRAMS[name] ?? '');
  const lines: string[] = [];
  const child = spawn(PYTHON, [name], {
    cwd: folder.path,
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: join(root, 'src'),
      HOSTBEAT_URL: server.url,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  started.push(child);
  return lines;
}

async function printed(lines: readonly string[], line: RegExp): Promise<void> {
  await until(
    () => `${line}; printed: ${lines.join(' | ')}`,
    () => lines.some((one) => line.test(one)),
    90_000,
  );
}

test('its programs have every change once, with a session of keystoneauth too', async () => {
  await start();
  const admin = () => login(server.url, 'admin', 'pw', 'admin');
  const seeded = await (await admin()).request('POST', '/v1/seed', {
    projects: [{ name: 'demo' }],
    users: [{ name: 'alice', password: 'pw', roles: [{ project: 'demo', role: 'member' }] }],
    services: [{ host: 'c1' }],
    instances: [{ id: '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90', name: 'vm', project_id: 'demo', host: 'c1' }],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
  const alice = await login(server.url, 'alice', 'pw', 'demo');
  const { key } = (await alice.request('POST', '/v1/watch-keys', { name: 'test' })).json;
  const byKey = run('watch.py', { HOSTBEAT_TOKEN: key });
  const bySession = run('failover.py', {
    OS_AUTH_URL: `${server.url}/identity/v3`,
    OS_USERNAME: 'alice',
    OS_PASSWORD: 'pw',
    OS_PROJECT_NAME: 'demo',
  });
  await printed(byKey, /^vm UP$/);
  await printed(bySession, /^Snapshot 1$/);
  const say = async (body: object) => {
    const session = await admin();
    const [{ uuid }] = (await session.request('GET', '/v1/services')).json.services;
    assert.is((await session.request('PUT', `/v1/services/${uuid}`, body)).status, 200);
  };
  await say({ forced_down: true });
  await printed(byKey, /vm UP -> DOWN$/);
  await printed(bySession, /^\d+ vm DOWN$/);
  await server.kill();
  await start();
  await say({ forced_down: false });
  await printed(byKey, /vm DOWN -> UP$/);
  await printed(bySession, /^\d+ vm UP$/);
  // The session's token has ended more than once by now, and was renewed.
  await say({ forced_down: true, fence: 'confirmed' });
  await printed(bySession, /^replace vm$/);
  await until('the key to see it too', () => byKey.length === 4, 90_000);
  const seqs = byKey.slice(1).map((line) => Number.parseInt(line, 10));
  assert.equal(seqs, [seqs[0], (seqs[0] ?? 0) + 1, (seqs[0] ?? 0) + 2]);
  assert.equal(bySession.filter((line) => !line.startsWith('tracker')).length, 4, bySession.join('\n'));
});

test.after(async () => {
  await Promise.all(
    started
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map((child) => once(child, 'close')),
  );
});

test.run();
