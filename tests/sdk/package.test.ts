import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildSdk } from '../../client-sdk/build.ts';
import { CLIENT_VERSION } from '../../client-sdk/src/index.ts';
import { runCommand } from '../support/process.ts';
import { within } from '../support/within.ts';
import { change, event, health, snapshot, state, synced } from './support/frames.ts';
import { ScriptedServer } from './support/scripted-server.ts';

const test = suite('published package');
const ROOT = resolve(import.meta.dirname, '../..');
const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);
/** The id in the README's one-liner. */
const SERVER = '5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01';

/** Uses every door. */
const DOORS = `
    import { HostbeatError } from 'hostbeat-client';
    import { RequestError } from 'hostbeat-client/rest';
    import { CLOSE, retryAfter, type Change, type UpstreamFrame } from 'hostbeat-client/protocol';
    const frame: UpstreamFrame = { type: 'subscribe', id: 'main' };
    // @ts-expect-error a type that had become "any" would take this
    const wrong: Change = { kind: 'no such kind' };
    console.log(CLOSE.drain.code, retryAfter(4401), frame, wrong);
    console.log(new RequestError(503, '') instanceof HostbeatError ? 'DOWN: one class' : 'two classes');
  `;

/** A stranger's folder: our package is all that it has installed. */
let stranger = '';
let browserSize = 0;

test.before(async () => {
  stranger = await mkdtemp(join(tmpdir(), 'hostbeat-client-'));
  const installed = join(stranger, 'node_modules', 'hostbeat-client');
  browserSize = await buildSdk(join(installed, 'dist'));
  await cp(join(ROOT, 'client-sdk/package.json'), join(installed, 'package.json'));
  await writeFile(join(stranger, 'package.json'), '{ "type": "module" }');
});

test.after(() => rm(stranger, { recursive: true, force: true }));

async function snippets(): Promise<string[]> {
  const pages = await Promise.all(
    ['client-sdk/README.md', 'docs/sdk.md'].map((page) => readFile(join(ROOT, page), 'utf8')),
  );
  return pages.flatMap((page) => [...page.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1] ?? ''));
}

test('it is small enough for a browser', () => {
  assert.ok(browserSize < 8_192, `${browserSize} bytes`);
});

test('it is whole by itself: neither code nor types ask for another package', async () => {
  const dist = join(stranger, 'node_modules/hostbeat-client/dist');
  const files = (await readdir(dist)).filter((file) => file.endsWith('.js') && file !== 'schemas.js');
  for (const file of await readdir(join(dist, 'types'), { recursive: true })) {
    if (file.endsWith('.d.ts')) files.push(join('types', file));
  }
  for (const file of files) {
    const text = await readFile(join(dist, file), 'utf8');
    assert.not.match(text, /^\s*(import|export)\b[^;]*\bfrom\s*['"][^.]/m, file);
    assert.not.match(text, /\bimport\(['"][^.]/, file);
  }
});

test('it tells the server the version it is published under', async () => {
  const manifest = JSON.parse(await readFile(join(ROOT, 'client-sdk/package.json'), 'utf8'));
  assert.is(manifest.version, CLIENT_VERSION);
});

test('what the pages show compiles for a stranger, under the strictest rules', async () => {
  const all = [...(await snippets()), DOORS];
  await Promise.all(all.map((text, n) => writeFile(join(stranger, `snippet-${n}.ts`), text)));
  const node = 'declare const process: { env: Record<string, string | undefined> };\n';
  const fs = `declare module 'node:fs/promises' {
    export function readFile(path: string, encoding: 'utf8'): Promise<string>;
    export function writeFile(path: string, text: string): Promise<void>;
  }\n`;
  await writeFile(join(stranger, 'platform.d.ts'), node);
  await writeFile(join(stranger, 'fs.d.ts'), fs);
  const compilerOptions = {
    target: 'ES2024',
    lib: ['ES2024', 'ESNext.Disposable', 'DOM', 'DOM.AsyncIterable'],
    module: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
  };
  await writeFile(join(stranger, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const { code, stdout } = await runCommand(bin('tsc'), ['-p', stranger]);
  assert.is(code, 0, stdout);
});

/** Runs a snippet against a server of ours until it has said that a server is DOWN. */
async function saysDown(command: string, args: string[], text: string): Promise<void> {
  await using server = await ScriptedServer.open();
  server.onPeer = async (peer) => {
    const { stream } = await peer.greet();
    const at = '2026-01-01T00:00:00.000Z';
    const service = { service_id: 'v1', host: 'c1', binary: 'nova-compute', zone: 'z', servers: 1 };
    const hosts = stream === 'hosts';
    const items = hosts ? [{ ...state('v1'), ...service, since: at }] : [state(SERVER)];
    const down = change(SERVER, 'DOWN');
    peer.send({ ...snapshot([]), items }, synced(0), health());
    peer.send(event(1, [hosts ? { ...down, ...service } : down]));
  };
  server.onRequest = (_, response) => {
    const { server_id: id, name, host_status } = state(SERVER, 'DOWN');
    response.end(JSON.stringify({ servers: [{ id, name, host_status }] }));
  };
  const file = join(stranger, `run-${Math.random().toString(36).slice(2)}.ts`);
  await writeFile(file, text.replaceAll('https://hostbeat.example:8774', server.url));
  const child = spawn(command, [...args, file], {
    cwd: stranger,
    env: { ...process.env, OS_TOKEN: 't', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const ended = new Promise<void>((end) => child.once('close', () => end()));
  const heard = new Promise<void>((hear) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
        if (said.includes('DOWN')) hear();
      });
    }
  });
  await within('DOWN', Promise.race([heard, ended]), 30_000);
  child.kill('SIGKILL');
  await ended;
  assert.match(said, 'DOWN');
  await rm(join(stranger, 'cursor'), { force: true });
}

test('what the pages show runs, on Node', async () => {
  for (const text of [...(await snippets()), DOORS]) await saysDown(bin('node'), [], text);
});

test('what the pages show runs, on Deno', async () => {
  for (const text of (await snippets()).slice(0, 2)) {
    const node = "import process from 'node:process';\n";
    await saysDown(bin('deno'), ['run', '-A', '--quiet', '--no-check'], node + text);
  }
});

test('what the pages show runs, on Bun', async () => {
  for (const text of (await snippets()).slice(0, 2)) await saysDown(bin('bun'), [], text);
});

test('the sources themselves run on Deno unchanged', async () => {
  const source = join(ROOT, 'client-sdk/src/index.ts');
  const [first = ''] = await snippets();
  const text = `import process from 'node:process';\n${first.replace("'hostbeat-client'", JSON.stringify(source))}`;
  await saysDown(bin('deno'), ['run', '-A', '--quiet', '--no-check'], text);
});

test.run();
