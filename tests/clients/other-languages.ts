/**
 * The programs of docs/other-languages.md, each as it stands there, through kill -9 of the server, the end of its token, a
 * restart of its own and a cursor that counts no more. Needs: apt-get install python3-websockets golang-go
 * golang-github-gorilla-websocket-dev jq
 */
import '../../server/runtime/supported.mjs';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../support/free-port.ts';
import { login, type Session } from '../support/http.ts';
import { runCommand, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/other-languages.md'), 'utf8');
const PROGRAMS = Object.fromEntries(
  [...page.matchAll(/^```\w+ ([\w.]+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, text]),
);
const MOST_LINES = 60;
const SERVER = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
/** Shorter than any of the tests takes. */
const TOKEN_LIFETIME = '8';

const test = suite('programs in other languages');
const folder = await temporaryFolder();
const port = await freePort();
let server: ServerProcess;
let running: ChildProcess | undefined;

async function start(): Promise<void> {
  server = await startServer({
    HOSTBEAT_LISTEN: `127.0.0.1:${port}`,
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/programs.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_TOKEN_LIFETIME: TOKEN_LIFETIME,
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  });
}

test.before(async () => {
  await start();
  const seeded = await (await admin()).request('POST', '/v1/seed', {
    projects: [{ name: 'demo' }],
    users: [{ name: 'alice', password: 'pw', roles: [{ project: 'demo', role: 'member' }] }],
    services: [{ host: 'c1' }],
    instances: [{ id: SERVER, name: 'vm', project_id: 'demo', host: 'c1' }],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
});
test.after.each(() => end());
test.after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function admin(): Promise<Session> {
  return login(server.url, 'admin', 'pw', 'admin');
}

async function forceDown(forced_down: boolean): Promise<void> {
  const session = await admin();
  const [{ uuid }] = (await session.request('GET', '/v1/services')).json.services;
  const answer = await session.request('PUT', `/v1/services/${uuid}`, { forced_down });
  assert.is(answer.status, 200, JSON.stringify(answer.json));
}

async function end(): Promise<void> {
  const { pid } = running ?? {};
  if (running === undefined || pid === undefined || running.exitCode !== null) return;
  const gone = once(running, 'close');
  // The whole group: a shell's curl too.
  process.kill(-pid, 'SIGKILL');
  await gone;
  running = undefined;
}

/** Runs the program in its folder; gives its lines as they come. */
function run(command: readonly string[], cwd: string): string[] {
  const lines: string[] = [];
  const child = spawn(command[0] as string, command.slice(1), {
    cwd,
    detached: true,
    env: {
      ...process.env,
      HOSTBEAT_URL: server.url,
      OS_AUTH_URL: `${server.url}/identity/v3`,
      OS_USERNAME: 'alice',
      OS_PASSWORD: 'pw',
      OS_PROJECT_NAME: 'demo',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  running = child;
  return lines;
}

/** Waits for what a program prints next; whatever else it prints fails. */
async function prints(lines: string[], expected: RegExp): Promise<string> {
  await until(
    () => `${expected}; printed: ${lines.join(' | ')}`,
    () => lines.length > 0,
    90_000,
  );
  const line = lines.shift() as string;
  assert.match(line, expected);
  return line;
}

/** From here the commands to make a program ready, and to run it. */
const COMMANDS: Readonly<Record<string, (cwd: string) => Promise<readonly string[]>>> = {
  'follow.py': async () => ['/usr/bin/python3', 'follow.py'],
  'poll.py': async () => ['/usr/bin/python3', 'poll.py'],
  'follow.sh': async (cwd) => {
    chmodSync(join(cwd, 'follow.sh'), 0o755);
    return ['./follow.sh'];
  },
  'follow.go': async (cwd) => {
    const env = {
      GO111MODULE: 'off',
      GOPATH: '/usr/share/gocode',
      GOFLAGS: '-p=1',
      GOCACHE: join(cwd, 'cache'),
    };
    const built = await runCommand('go', ['build', '-o', join(cwd, 'follow'), join(cwd, 'follow.go')], env);
    assert.is(built.code, 0, built.stderr);
    return ['./follow'];
  },
};

test('the page has a program for each, of at most 60 lines', () => {
  assert.equal(Object.keys(PROGRAMS).sort(), Object.keys(COMMANDS).sort());
  for (const [name, text] of Object.entries(PROGRAMS))
    assert.ok(text.split('\n').length - 1 <= MOST_LINES, `${name}: ${text.split('\n').length - 1} lines`);
});

for (const [name, make] of Object.entries(COMMANDS)) {
  test(`${name} has every change once, in order, through kill -9, renewal and reset`, async () => {
    const cwd = join(folder.path, name.replace('.', '-'));
    mkdirSync(cwd);
    writeFileSync(join(cwd, name), PROGRAMS[name] ?? '');
    const command = await make(cwd);
    let lines = run(command, cwd);
    await prints(lines, /^snapshot vm UP$/);
    await forceDown(true);
    const first = await prints(lines, /^\d+ vm UP -> DOWN$/);
    const seq = Number.parseInt(first, 10);

    await server.kill();
    await start();
    await forceDown(false);
    await prints(lines, new RegExp(`^${seq + 1} vm DOWN -> UP$`));

    // The token has ended by the time of the second.
    await forceDown(true);
    await prints(lines, new RegExp(`^${seq + 2} vm UP -> DOWN$`));
    await new Promise((after) => setTimeout(after, 1_000 * Number(TOKEN_LIFETIME) + 500));
    await forceDown(false);
    await prints(lines, new RegExp(`^${seq + 3} vm DOWN -> UP$`));

    // A change while the program is away comes when it is back.
    await until('the cursor to be kept', () => readFileSync(join(cwd, 'cursor'), 'utf8') !== '');
    await end();
    await forceDown(true);
    lines = run(command, cwd);
    let line = await prints(lines, /^\d+ vm /);
    // One that died before it kept its cursor gets the last one again.
    if (line.startsWith(`${seq + 3} `)) line = await prints(lines, /^\d+ vm /);
    assert.is(line, `${seq + 4} vm UP -> DOWN`);
    await end();

    writeFileSync(join(cwd, 'cursor'), 'nonsense');
    lines = run(command, cwd);
    await prints(lines, /^reset vm DOWN$/);
    await forceDown(false);
    await prints(lines, new RegExp(`^${seq + 5} vm DOWN -> UP$`));
    assert.equal(lines, []);
  });
}

test.run();
