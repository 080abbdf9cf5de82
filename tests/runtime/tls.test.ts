import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listen } from '../../server/runtime/http.ts';
import { endsSoon, readTls, remainingWords, validityOf } from '../../server/runtime/tls.ts';
import { prepare } from '../../server/runtime/ws-socket.ts';
import { refusal } from '../../server/socket/handshake.ts';
import { makeCertificate } from '../support/certificate.ts';
import { Peer } from '../support/clients/peer.ts';
import { until, within } from '../support/within.ts';

const test = suite('TLS');

const tls = makeCertificate();
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
      const other = file('other', makeCertificate()?.key);
      assert.throws(() => readTls({ cert, key: other }), /HOSTBEAT_TLS_KEY: .*other is not the key/);
      assert.throws(
        () => readTls({ cert: key, key: cert }),
        /HOSTBEAT_TLS_CERT: .*key contains no certificate/,
      );
      assert.throws(() => readTls({ cert, key: cert }), /HOSTBEAT_TLS_KEY: .*cert contains no private key/);
      assert.throws(() => readTls({ cert, key: join(folder, 'none') }), /HOSTBEAT_TLS_KEY: .*ENOENT/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

whereOpensslIs('a certificate is renewed while its port is open: no connection ends for it', async () => {
  const edge = await listen({
    fetch: () => new Response('yes'),
    upgrade: async () => ({
      subprotocol: undefined,
      open: (socket) => ({ message: (text) => socket.send(text ?? ''), pong: () => {}, closed: () => {} }),
    }),
    host: '127.0.0.1',
    port: 0,
    tls,
    maxFrame: 1_000,
  });
  try {
    const peer = await new Peer(edge.url).open();
    const next = makeCertificate('renewed');
    assert.ok(next);
    assert.is(await shown(edge.port), 'localhost');
    edge.renewTls(next);
    // Deno may have begun to accept the next connection with the certificate of before.
    await until('the new certificate', async () => (await shown(edge.port)) === 'renewed');
    peer.ws.send('still here');
    assert.is(await peer.next(), 'still here');
    peer.ws.close();
    await peer.closed;
  } finally {
    await edge.close();
  }
});

whereOpensslIs('a chain is valid for as long as the first of its certificates to end', () => {
  const [short, long] = [makeCertificate('a', 2)?.cert ?? '', makeCertificate('b', 90)?.cert ?? ''];
  const day = 86_400_000;
  const validity = validityOf({ cert: `${long}${short}` });
  assert.is(validity.until, validityOf({ cert: short }).until);
  assert.match(remainingWords(validity, validity.until - 1.5 * day), /^it is valid for 1 day more, until 20/);
  assert.match(remainingWords(validity, validity.until), /^it ended at 20/);
  assert.match(remainingWords(validity, validity.from - 1), /^it is not valid before 20/);
  const ninety = validityOf({ cert: long });
  assert.equal(
    [15, 13].map((days) => endsSoon(ninety, ninety.until - days * day)),
    [false, true],
  );
  const twoDays = { from: 0, until: 2 * day };
  assert.equal(
    [0.5, 0.3].map((days) => endsSoon(twoDays, twoDays.until - days * day)),
    [false, true],
  );
});

/** The name in the certificate that a new connection is shown. */
function shown(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test.run();
