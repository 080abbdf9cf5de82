import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLIENT_VERSION } from '../../../client-sdk/src/index.ts';
import { signatureHeaders } from '../../../server/webhooks/delivery/signature.ts';
import { runCommand } from '../../support/process.ts';
import { within } from '../../support/within.ts';
import { change, event, health, snapshot, state, synced, welcome } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { bin, Stranger } from '../support/stranger.ts';

const test = suite('published package');
const ROOT = resolve(import.meta.dirname, '../../..');
/** The id in the README's one-liner. */
const SERVER = '5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01';

/** Uses every entry point. */
const ENTRY_POINTS = `
    import { HostbeatError } from 'hostbeat-client';
    import { RequestError } from 'hostbeat-client/rest';
    import { KeystoneError } from 'hostbeat-client/keystone';
    import { RequestError as OfWebhooks, WebhookVerificationError } from 'hostbeat-client/webhooks';
    import { CLOSE, retryAfter, type Change, type UpstreamFrame } from 'hostbeat-client/protocol';
    const frame: UpstreamFrame = { type: 'subscribe', id: 'main' };
    // @ts-expect-error a type that had become "any" would take this
    const wrong: Change = { kind: 'no such kind' };
    console.log(CLOSE.drain.code, retryAfter(4401), frame, wrong);
    const errors = [new RequestError(503, ''), new KeystoneError(401, ''), new OfWebhooks(404, ''), new WebhookVerificationError('')];
    console.log(errors.every((error) => error instanceof HostbeatError) ? 'DOWN: one class' : 'two classes');
  `;

/** The one that needs the schema library. */
const SCHEMAS = `
    import { Upstream } from 'hostbeat-client/protocol/schemas';
    const frame = Upstream.parse({ type: 'subscribe', id: 'main' });
    // @ts-expect-error a type that had become "any" would take this
    const wrong: number = frame.type;
    console.log(frame.type, 'DOWN', wrong);
  `;

/** A program that knows nothing of the DOM. */
const PROGRAM = {
  lib: ['ES2024', 'ESNext.Disposable'],
  types: ['node'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
};

let stranger: Stranger;

test.before(async () => {
  stranger = await Stranger.open();
});
test.after(() => stranger[Symbol.asyncDispose]());

/** What the pages show: programs, and those marked as a `handler`, which wait to be called. */
async function snippets(mark = ''): Promise<string[]> {
  const pages = await Promise.all(
    ['client-sdk/README.md', 'docs/sdk.md'].map((page) => readFile(join(ROOT, page), 'utf8')),
  );
  const blocks = new RegExp(`\`\`\`ts${mark}\\n(.*?)\`\`\``, 'gs');
  return pages.flatMap((page) => [...page.matchAll(blocks)].map((match) => match[1] ?? ''));
}

test('it is small enough for a browser', () => {
  assert.ok(stranger.browserSize <= 11_000, `${stranger.browserSize} bytes`);
});

test('it is whole by itself: neither code nor types ask for another package', async () => {
  const dist = join(stranger.installed, 'dist');
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

test('it sends the server the version it is published under', async () => {
  const manifest = JSON.parse(await readFile(join(ROOT, 'client-sdk/package.json'), 'utf8'));
  assert.is(manifest.version, CLIENT_VERSION);
});

test('the tools that judge packages find nothing in it', async () => {
  const judged = await Promise.all([
    runCommand(bin('publint'), ['run', '--strict', stranger.tarball]),
    runCommand(bin('attw'), [stranger.tarball, '--profile', 'esm-only', '--no-emoji']),
  ]);
  for (const { code, stdout, stderr } of judged) assert.is(code, 0, stdout + stderr);
});

test('the metadata for JSR agrees with the package, and every file is there', async () => {
  const read = async (file: string) => JSON.parse(await readFile(join(ROOT, 'client-sdk', file), 'utf8'));
  const [npm, jsr] = await Promise.all(['package.json', 'jsr.json'].map(read));
  assert.equal([jsr.version, jsr.license], [npm.version, npm.license]);
  const code = Object.keys(npm.exports).filter((name) => !name.endsWith('.json'));
  assert.equal(Object.keys(jsr.exports), code);
  for (const file of Object.values<string>(jsr.exports)) await access(join(ROOT, 'client-sdk', file));
});

/** A Node 20 of this machine: the oldest that the package promises. */
const NODE_20 = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (node) => existsSync(node) && /^v20\./.test(String(spawnSync(node, ['--version']).stdout)),
);

test('it follows on Node 20, which has no WebSocket, by events', async () => {
  if (NODE_20 === undefined) return;
  await using server = await ScriptedServer.open();
  server.onRequest = (path, response) => {
    if (!path.startsWith('/v1/events')) return void response.end('{}');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const frames = [welcome(), snapshot([state(SERVER)]), synced(0), event(1, [change(SERVER, 'DOWN')])];
    for (const frame of frames) response.write(`data: ${JSON.stringify({ ...frame, id: 'stream' })}\n\n`);
  };
  await stranger.write(
    'old.js',
    `import { connect, failoverWhen, HostStatusMap } from 'hostbeat-client';
    import 'hostbeat-client/keystone'; import 'hostbeat-client/rest'; import 'hostbeat-client/webhooks';
    const client = connect({ url: '${server.url}', token: 't' });
    const { host_status, known } = await failoverWhen(new HostStatusMap(client), ['${SERVER}']);
    console.log(process.version.split('.')[0], host_status, known.holds);
    try { connect({ url: '${server.url}', token: 't', transport: 'websocket' }); } catch (e) { console.log(e.name); }
    await client.close();`,
  );
  const { code, stdout, stderr } = await runCommand(NODE_20, [join(stranger.path, 'old.js')]);
  assert.equal([code, stdout, stderr], [0, 'v20 DOWN true\nUsageError\n', '']);
});

test('the package holds what is needed, and the licence', async () => {
  const files = await readdir(stranger.installed);
  assert.equal(files.sort(), [
    'LICENSE',
    'README.md',
    'conformance',
    'dist',
    'examples',
    'package.json',
    'protocol',
  ]);
  assert.equal(await readdir(join(stranger.installed, 'protocol')), ['PROTOCOL.md']);
  const [theirs, ours] = await Promise.all(
    [stranger.installed, ROOT].map((folder) => readFile(join(folder, 'LICENSE'), 'utf8')),
  );
  assert.is(theirs, ours);
});

test('the snippets of the pages compile under the strictest rules, in any resolution', async () => {
  const all = [...(await snippets()), ...(await snippets(' handler')), ENTRY_POINTS];
  const files = all.map((_, n) => `snippet-${n}.ts`);
  await Promise.all(all.map((text, n) => stranger.write(`snippet-${n}.ts`, text)));
  const node = 'declare const process: { env: Record<string, string | undefined> };\n';
  const fs = `declare module 'node:fs/promises' {
    export function readFile(path: string, encoding: 'utf8'): Promise<string>;
    export function writeFile(path: string, text: string): Promise<void>;
  }\n`;
  await stranger.write('platform.d.ts', node + fs);
  const browser = { lib: ['ES2024', 'ESNext.Disposable', 'DOM', 'DOM.AsyncIterable'], types: [] };
  const bundler = { ...browser, module: 'ESNext', moduleResolution: 'Bundler' };
  const nodeNext = { ...browser, module: 'NodeNext', moduleResolution: 'NodeNext' };
  for (const options of [bundler, nodeNext]) {
    assert.is(await stranger.compile([...files, 'platform.d.ts'], options), '');
  }
  await stranger.lend('@types');
  assert.is(await stranger.compile(files, PROGRAM), '');
});

/** Runs a snippet against a server of ours until it has said that a server is DOWN. */
async function saysDown(command: string, args: string[], text: string, kind = 'ts'): Promise<void> {
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
  server.onRequest = (path, response) => {
    const { server_id: id, name, host_status } = state(SERVER, 'DOWN');
    const servers = { servers: [{ id, name, host_status }] };
    const history = { server_id: id, items: [{ ...change(id, 'DOWN'), seq: 1 }], next: null };
    const webhook = { id, secret: 'whsec_AAAA', host_status: [host_status] };
    const [, kind] = /^\/v1\/(\w+)/.exec(path) ?? [];
    response.end(JSON.stringify(kind === 'history' ? history : kind === 'webhooks' ? webhook : servers));
  };
  const file = `run-${Math.random().toString(36).slice(2)}.${kind}`;
  await stranger.write(file, text.replaceAll('https://hostbeat.example:8774', server.url));
  const child = spawn(command, [...args, file], {
    cwd: stranger.path,
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
  await within('DOWN', Promise.race([heard, ended]));
  child.kill('SIGKILL');
  await ended;
  assert.match(said, 'DOWN');
  await rm(join(stranger.path, 'cursor'), { force: true });
}

test('snippets of the pages run, on Node', async () => {
  for (const text of [...(await snippets()), ENTRY_POINTS]) await saysDown(bin('node'), [], text);
  const [plain = ''] = await snippets();
  await saysDown(bin('node'), [], plain, 'js');
});

test('the receiver that a page shows takes what the server signs, and nothing else', async () => {
  const [handler = ''] = await snippets(' handler');
  await stranger.write('handler.ts', handler);
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const message = { type: 'io.hostbeat.changes', data: { items: [change(SERVER, 'DOWN')] } };
  const body = JSON.stringify(message);
  const headers = signatureHeaders(secret, 'm1', body, Date.now());
  const call = (sent: string) => `
    await hook(new Request('http://app/hook', { method: 'POST', headers, body: ${JSON.stringify(sent)} }))`;
  await saysDown(
    bin('node'),
    [],
    `process.env.HOOK_SECRET = '${secret}';
    const { hook } = await import('./handler.ts');
    const headers = ${JSON.stringify(headers)};
    const { log } = console;
    const said = [];
    console.log = (...words) => said.push(words.join(' '));
    const { status: forged } = ${call(`${body} `)};
    if (forged !== 401) throw new Error(String(forged));
    const { status } = ${call(body)};
    if (status !== 204) throw new Error(String(status));
    log(said.join());`,
  );
});

test('snippets of the pages run, on Deno', async () => {
  for (const text of (await snippets()).slice(0, 2)) {
    const node = "import process from 'node:process';\n";
    await saysDown(bin('deno'), ['run', '-A', '--quiet', '--no-check'], node + text);
  }
});

test('snippets of the pages run, on Bun', async () => {
  for (const text of (await snippets()).slice(0, 2)) await saysDown(bin('bun'), [], text);
});

test('the entry point of the schemas needs their library, and nothing else', async () => {
  await stranger.lend('zod');
  await stranger.write('schemas.ts', SCHEMAS);
  assert.is(await stranger.compile(['schemas.ts'], PROGRAM), '');
  await saysDown(bin('node'), [], SCHEMAS);
});

test('the sources themselves run on Deno unchanged', async () => {
  const source = join(ROOT, 'client-sdk/src/index.ts');
  const [first = ''] = await snippets();
  const text = `import process from 'node:process';\n${first.replace("'hostbeat-client'", JSON.stringify(source))}`;
  await saysDown(bin('deno'), ['run', '-A', '--quiet', '--no-check'], text);
});

test.run();
