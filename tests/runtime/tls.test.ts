import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listen } from '../../server/runtime/http.ts';
import { readTls } from '../../server/runtime/tls.ts';
import { prepare } from '../../server/runtime/ws-socket.ts';
import { refusal } from '../../server/socket/handshake.ts';
import { Peer } from '../support/peer.ts';
import { until, within } from '../support/within.ts';

const test = suite('TLS');

/** A key pair of its own for every run: none lies in the repository. Undefined where there is no openssl. */
function certificate(): { cert: string; key: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '2'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tls = certificate();
const whereOpensslIs = tls === undefined ? test.skip : test;

whereOpensslIs(
  'REST and stream go over TLS, and who speaks something else costs only his own connection',
  async () => {
    const edge = await listen({
      fetch: (request) => new Response(new URL(request.url).protocol),
      upgrade: async (request) => ({
        subprotocol: undefined,
        open(socket) {
          socket.write(prepare(new URL(request.url).protocol));
          return {
            message: (text) => socket.send(text ?? ''),
            pong: () => undefined,
            closed: () => undefined,
          };
        },
      }),
      host: '127.0.0.1',
      port: 0,
      tls,
      maxFrame: 1_000,
    });
    try {
      assert.match(edge.url, /^https:/);
      const stranger = connect(edge.port, '127.0.0.1');
      stranger.on('error', () => undefined);
      const gone = new Promise((resolve) => stranger.once('close', resolve));
      stranger.resume();
      stranger.write('GET / HTTP/1.1\r\n\r\n');
      await within('the end of the stranger', gone);
      assert.is(await within('the answer', body(edge.url)), 'https:');
      const peer = await new Peer(edge.url).open();
      assert.is(await peer.next(), 'https:');
      peer.ws.send('and back');
      assert.is(await peer.next(), 'and back');
      peer.ws.close();
      await peer.closed;
    } finally {
      await edge.close();
    }
  },
);

// Deno's TLS client reads on while it is paused.
('Deno' in globalThis ? test.skip : whereOpensslIs)(
  'what is unsent is known of a TLS connection too, and one that stalls is cut',
  async () => {
    const cuts: string[] = [];
    const edge = await listen({
      fetch: () => new Response('x'.repeat(16 * 1024 ** 2)),
      upgrade: async () => refusal(404, 'not_found', 'no such path'),
      host: '127.0.0.1',
      port: 0,
      tls,
      maxFrame: 1_000,
      patience: { stall: 300 },
      events: { answerCut: (why) => cuts.push(why) },
    });
    try {
      const socket = connectTls({ port: edge.port, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('error', () => undefined);
      const gone = new Promise((resolve) => socket.once('close', resolve));
      socket.once('secureConnect', () => {
        socket.pause();
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5));
      });
      await until('it to wait', () => edge.stats().unsentBytes > 1024 ** 2);
      assert.ok(edge.stats().unsentBytes < 17 * 1024 ** 2);
      await until('the cut', () => cuts.length > 0);
      socket.resume();
      await within('the end', gone);
      assert.equal(cuts, ['stalled']);
    } finally {
      await edge.close();
    }
  },
);

function body(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}

whereOpensslIs(
  'a key of another certificate, or swapped files, are reported before anything is opened',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'hostbeat-tls-'));
    try {
      const file = (name: string, text = '') => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
      };
      const [cert, key] = [file('cert', tls?.cert), file('key', tls?.key)];
      assert.equal(readTls({ cert, key }), tls);
      const other = file('other', certificate()?.key);
      assert.throws(() => readTls({ cert, key: other }), /HOSTBEAT_TLS_KEY: .*other is not the key/);
      assert.throws(() => readTls({ cert: key, key: cert }), /HOSTBEAT_TLS_CERT: .*key holds no certificate/);
      assert.throws(() => readTls({ cert, key: cert }), /HOSTBEAT_TLS_KEY: .*cert holds no private key/);
      assert.throws(() => readTls({ cert, key: join(folder, 'none') }), /HOSTBEAT_TLS_KEY: .*ENOENT/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test.run();
