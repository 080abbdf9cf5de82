/**
 * The configurations of docs/deploy/proxy, tried with Debian's nginx, HAProxy and Caddy where they are installed: TLS, a
 * WebSocket, events that are not buffered, a long poll, the client's address, and a reload that drops no open stream.
 * apt-get install nginx-light haproxy
 */
import '../../server/runtime/supported.mjs';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { freePort } from '../support/free-port.ts';
import { login, type Session } from '../support/http.ts';
import { runCommand, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { until, within } from '../support/within.ts';

const shipped = resolve(import.meta.dirname, '../../docs/deploy/proxy');
const NAME = 'hostbeat.example';
const HOST = 'compute-1';

interface Proxy {
  readonly command: string;
  readonly file: string;
  /** Beside what all have replaced: names of files and ports. */
  adapt(text: string, folder: string): string;
  args(file: string, folder: string): readonly string[];
  /** Has it read its file again; missing where that closes open streams (Caddy before 2.7). */
  readonly reload?: NodeJS.Signals;
}

const PROXIES: Readonly<Record<string, Proxy>> = {
  nginx: {
    command: 'nginx',
    file: 'nginx.conf',
    adapt: (text, folder) =>
      `pid ${folder}/nginx.pid;\nworker_processes 1;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\naccess_log off;\n${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}\n${text}\n}\n`,
    args: (file) => ['-c', file, '-g', 'daemon off;'],
    reload: 'SIGHUP',
  },
  haproxy: {
    command: 'haproxy',
    file: 'haproxy.cfg',
    adapt: (text) => text.replace('maxconn 100000', 'maxconn 1000'),
    args: (file) => ['-W', '-db', '-f', file],
    reload: 'SIGUSR2',
  },
  caddy: {
    command: 'caddy',
    file: 'Caddyfile',
    // Without a name in the DNS it gets no certificate of its own.
    adapt: (text, folder) =>
      `{\n\tadmin unix/${folder}/admin.sock\n\tauto_https disable_redirects\n}\n${text.replace(
        'hostbeat.example {',
        `https://${NAME}:443 {\n\ttls ${folder}/cert.pem ${folder}/key.pem`,
      )}`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
};

const folder = await temporaryFolder();
let server: ServerProcess;
let operator: Session;
let host: { id: string };
/** A port that nothing listens on yet, where hostbeat is. */
const upstream = await freePort();

const test = suite('proxies');

test.after(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test('hostbeat runs for them, with a host and a server on it', async () => {
  await chmod(folder.path, 0o755);
  const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
  const key = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  const files = ['-keyout', join(folder.path, 'key.pem'), '-out', join(folder.path, 'cert.pem')];
  execFileSync('openssl', [...key, ...subject, ...files], { stdio: 'ignore' });
  const both = await Promise.all(
    ['cert.pem', 'key.pem'].map((name) => readFile(join(folder.path, name), 'utf8')),
  );
  await writeFile(join(folder.path, 'both.pem'), both.join(''));
  server = await startServer({
    HOSTBEAT_LISTEN: `127.0.0.1:${upstream}`,
    HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
    HOSTBEAT_ADMIN_PASSWORD: 'correct horse',
    HOSTBEAT_PUBLIC_URL: `https://${NAME}`,
    HOSTBEAT_TRUSTED_PROXIES: '127.0.0.1',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  });
  operator = await login(server.url, 'admin', 'correct horse', 'admin');
  const reported = await operator.request('POST', '/v1/reports', { reports: [{ host: HOST }] });
  assert.is(reported.status, 200);
  const { json } = await operator.request('GET', '/v2.1/os-services', undefined, {
    'OpenStack-API-Version': 'compute 2.53',
  });
  host = json.services[0];
});

const setDown = async (down: boolean) => {
  const { status } = await operator.request(
    'PUT',
    `/v2.1/os-services/${host.id}`,
    { forced_down: down },
    {
      'OpenStack-API-Version': 'compute 2.53',
    },
  );
  assert.is(status, 200);
};

for (const [name, proxy] of Object.entries(PROXIES)) {
  const installed = await runCommand(proxy.command, ['version']).then(
    () => true,
    () => false,
  );
  if (!installed) {
    console.log(`  ${name} is not tried: it is not installed here`);
    continue;
  }
  test(`${name} passes every way to follow on at once, over a reload too`, async () => {
    await using stack = new AsyncDisposableStack();
    const at = join(folder.path, name);
    await mkdir(at);
    for (const file of ['cert.pem', 'key.pem', 'both.pem'])
      await writeFile(join(at, file), await readFile(join(folder.path, file)), { mode: 0o644 });
    const port = await freePort();
    const text = (await readFile(join(shipped, proxy.file), 'utf8'))
      .replaceAll('/etc/ssl/hostbeat', at)
      .replaceAll('127.0.0.1:8774', `127.0.0.1:${upstream}`);
    const file = join(at, proxy.file);
    await writeFile(
      file,
      proxy
        .adapt(text, at)
        .replace('listen 443', `listen 127.0.0.1:${port}`)
        .replace('bind :443', `bind 127.0.0.1:${port}`)
        .replace(`${NAME}:443`, `${NAME}:${port}`),
    );
    const child = spawn(proxy.command, proxy.args(file, at), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: at, XDG_DATA_HOME: at, XDG_CONFIG_HOME: at },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (words: string) => {
        said += words;
      });
    const ended = once(child, 'exit');
    stack.defer(async () => {
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 2_000).unref();
      await ended;
    });
    const ca = await readFile(join(folder.path, 'cert.pem'));
    /** Through the proxy, as a client that knows its name. */
    const through = { host: '127.0.0.1', port, servername: NAME, ca, agent: false } as const;
    const headers = { Host: NAME, 'X-Auth-Token': operator.token };
    const answer = (path: string, onText: (text: string) => void = () => undefined) =>
      new Promise<{ status: number; text: string }>((found, failed) => {
        const asked = request({ ...through, path, headers }, (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            body += chunk;
            onText(body);
          });
          response.once('close', () => found({ status: response.statusCode ?? 0, text: body }));
        });
        asked.once('error', failed).end();
      });
    await until(
      () => `an answer of ${name}: ${said}`,
      async () => (await answer('/readyz').catch(() => undefined))?.status === 200,
    );

    // Links bear the name that clients know.
    assert.match((await answer('/v2.1/')).text, `https://${NAME}/v2.1`);

    // The three ways of following, all open at once.
    const frames: string[] = [];
    const socket = new WebSocket(`wss://${NAME}:${port}/v1/stream`, 'hostbeat.v1', {
      headers,
      lookup: (_host: string, options: { all?: boolean }, done: (...found: unknown[]) => void) =>
        options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
      ca,
    } as never);
    stack.defer(() => socket.terminate());
    let isClosed = false;
    socket.on('close', () => {
      isClosed = true;
    });
    socket.on('message', (data) => frames.push(String(data)));
    await within('the socket', once(socket, 'open'));
    socket.send(JSON.stringify({ type: 'subscribe', id: 'hosts', stream: 'hosts' }));
    let events = '';
    void answer('/v1/events?stream=hosts', (text) => {
      events = text;
    });
    const seen = (text: string) => text.includes('synced');
    await until(
      () => `all to be in step: ${frames.join('\n')}\n${events}`,
      () => seen(frames.join()) && seen(events),
    );
    const { cursor } = JSON.parse((await answer('/v1/changes?stream=hosts')).text) as { cursor: string };
    const polled = answer(`/v1/changes?stream=hosts&wait=50&after=${encodeURIComponent(cursor)}`);

    if (proxy.reload !== undefined) child.kill(proxy.reload);
    await until(
      'it to answer again',
      async () => (await answer('/readyz').catch(() => undefined))?.status === 200,
    );
    await setDown(true);
    await until(
      () => `DOWN by each: ${frames.join('\n')}\n${events}`,
      () => frames.join().includes('"DOWN"') && events.includes('"DOWN"'),
    );
    assert.match((await within('the long poll', polled)).text, '"DOWN"');
    assert.not.ok(isClosed, 'its socket is open');
    await setDown(false);
  });
}

test.run();
