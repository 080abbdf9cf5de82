/** What a running server reads from files is renewed without a restart and without the loss of a socket. */
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { makeCertificate, type Pair } from '../support/certificate.ts';
import { hostbeat, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('renewal');

/** A server whose certificate stands in a folder behind a link, as Kubernetes mounts a secret. */
async function withCertificate(folder: string, first: Pair): Promise<ServerProcess> {
  await put(folder, 0, first);
  await symlink('..0', `${folder}/..data`);
  for (const name of ['tls.crt', 'tls.key']) await symlink(`..data/${name}`, `${folder}/${name}`);
  return startServer({
    HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_LOG_LEVEL: 'info',
    HOSTBEAT_TLS_CERT: `${folder}/tls.crt`,
    HOSTBEAT_TLS_KEY: `${folder}/tls.key`,
  });
}

async function put(folder: string, version: number, pair: Pair): Promise<void> {
  await mkdir(`${folder}/..${version}`);
  await writeFile(`${folder}/..${version}/tls.crt`, pair.cert);
  await writeFile(`${folder}/..${version}/tls.key`, pair.key);
}

/** In one step, for both files. */
async function swap(folder: string, version: number): Promise<void> {
  await symlink(`..${version}`, `${folder}/..next`);
  await rename(`${folder}/..next`, `${folder}/..data`);
}

interface Seen {
  /** The name in the certificate that a new connection is shown. */
  readonly name: string;
  readonly body: string;
}

function look(url: string, path = '/healthz'): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const request = get(url + path, { rejectUnauthorized: false, agent: false }, (response) => {
      const { subject } = (response.socket as TLSSocket).getPeerCertificate();
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve({ name: String(subject.CN), body }));
    });
    request.on('error', reject);
  });
}

const lines = (log: string, words: RegExp) => log.split('\n').filter((line) => words.test(line)).length;

const pairs = ['first', 'second', 'third'].map((name) => makeCertificate(name));
const [first, second, third] = pairs as [Pair, Pair, Pair];

(pairs.includes(undefined) ? test.skip : test)(
  'a certificate behind a swapped link is taken up, and no socket ends for it',
  async () => {
    await using folder = await temporaryFolder();
    await using server = await withCertificate(folder.path, first);
    const { url } = server;
    const socket = new WebSocket(`${url.replace('https', 'wss')}/v1/stream`, 'hostbeat.v1', {
      rejectUnauthorized: false,
    });
    let left: number | undefined;
    socket.on('close', (code) => {
      left = code;
    });
    await new Promise((open) => socket.once('open', open));
    assert.is((await look(url)).name, 'first');

    await put(folder.path, 1, second);
    await swap(folder.path, 1);
    await until('the second certificate', async () => (await look(url)).name === 'second');
    assert.is(lines(server.log(), /certificate reloaded: its file has changed, it is valid for/), 1);
    assert.match(
      (await look(url, '/metrics')).body,
      /^hostbeat_tls_certificate_remaining_seconds 1[67]\d{4}(\.\d+)?$/m,
    );
    assert.is(socket.readyState, WebSocket.OPEN, `${left}`);

    // A key of another certificate, half a file: each is refused in one line.
    const bad: readonly Pair[] = [
      { cert: third.cert, key: second.key },
      { cert: third.cert.slice(0, 200), key: third.key },
    ];
    for (const [index, pair] of bad.entries()) {
      await put(folder.path, 10 + index, pair);
      await swap(folder.path, 10 + index);
      await until('the refusal', () => lines(server.log(), /certificate not reloaded/) === index + 1);
      assert.is((await look(url)).name, 'second');
    }
    assert.match(
      (await look(url, '/metrics')).body,
      /^hostbeat_reloads_total{what="certificate",outcome="refused"} 2$/m,
    );

    await put(folder.path, 2, third);
    await swap(folder.path, 2);
    process.kill(server.pid, 'SIGHUP');
    await until('the third certificate', async () => (await look(url)).name === 'third');
    assert.is(lines(server.log(), /certificate not reloaded/), bad.length, 'one line each');
    socket.close();
  },
);

test('a renewed secret of a file is in force, and hidden in the log as the old one is', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/receiver-token`;
  await writeFile(file, 'first-t0ken\n');
  await using server = await startServer({
    HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_RECEIVER_TOKEN_FILE: file,
    HOSTBEAT_LOG_LEVEL: 'info',
  });
  const statusWith = async (token: string) => {
    const answer = await fetch(`${server.url}/v1/alertmanager`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"version":"4","alerts":[]}',
    });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.is(await statusWith('first-t0ken'), 200);
  await writeFile(`${file}.next`, 'second-t0ken\n');
  await rename(`${file}.next`, file);
  await until('the second token', async () => lines(server.log(), /secrets reloaded/) === 1);
  assert.is(await statusWith('second-t0ken'), 200);
  assert.is(await statusWith('first-t0ken'), 401);

  await writeFile(file, '');
  await until('the refusal', () => lines(server.log(), /secrets not reloaded: those in force stay/) === 1);
  assert.is(await statusWith('second-t0ken'), 200, 'an empty file leaves the old one in force');
  assert.not.match(server.log(), /-t0ken/);
});

test('a named receiver gets a new token, or loses its own, without a restart', async () => {
  await using folder = await temporaryFolder();
  const [file, token] = [`${folder.path}/receivers.yaml`, `${folder.path}/az1`];
  await writeFile(token, 'first-t0ken-of-az1\n');
  await writeFile(file, `az1: {token_file: ${token}, zones: [az1]}\n`);
  await using server = await startServer({
    HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_RECEIVERS_FILE: file,
    HOSTBEAT_LOG_LEVEL: 'info',
  });
  const statusWith = async (secret: string) => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const body = '{"version":"4","alerts":[]}';
    const answer = await fetch(`${server.url}/v1/alertmanager`, { method: 'POST', headers, body });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.is(await statusWith('first-t0ken-of-az1'), 200);
  await writeFile(token, 'second-t0ken-of-az1\n');
  await until('the second token', async () => lines(server.log(), /secrets reloaded/) === 1);
  assert.is(await statusWith('second-t0ken-of-az1'), 200);
  assert.is(await statusWith('first-t0ken-of-az1'), 401);
  await writeFile(file, 'az2: {token: third-t0ken-of-az2, zones: [az2]}\n');
  await until('the other receiver', async () => lines(server.log(), /secrets reloaded/) === 2);
  assert.is(await statusWith('second-t0ken-of-az1'), 401);
  assert.is(await statusWith('third-t0ken-of-az2'), 200);
  assert.not.match(server.log(), /-t0ken/);
});

('Deno' in globalThis || pairs.includes(undefined) ? test.skip : test)(
  'an agent takes up a renewed authority, and reaches a server that it did not trust before',
  async () => {
    const own = makeCertificate('localhost') as Pair;
    await using folder = await temporaryFolder();
    await using server = await withCertificate(folder.path, own);
    const authority = `${folder.path}/authority`;
    await writeFile(authority, first.cert);
    const agent = hostbeat(['agent', '--url', server.url.replace('127.0.0.1', 'localhost'), '--host', 'c1'], {
      HOSTBEAT_TOKEN: 'anything',
      NODE_EXTRA_CA_CERTS: authority,
    });
    let said = '';
    agent.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    try {
      await until('the agent to refuse', () => /lost|certificate/.test(said));
      await writeFile(`${authority}.next`, own.cert);
      await rename(`${authority}.next`, authority);
      await until(
        () => `the token to be refused, not the certificate: ${said}`,
        () => /does not accept|401|token/.test(said),
      );
      assert.match(said, /now trusts the authorities in /);
    } finally {
      agent.kill('SIGKILL');
    }
  },
);

test.run();
