/** Whatever bytes come in, the process lives, and everybody else is served. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StreamWorld } from '../support/stream-world.ts';
import { signal, within } from '../support/within.ts';

const test = suite<{ w: StreamWorld }>('hostile bytes', {} as never);

test.before(async (context) => {
  context.w = await StreamWorld.open({ maxFrame: 2_000 });
});
test.after(async ({ w }) => {
  await w.close();
});

/** Sends these bytes, in these pieces, and resolves when the server ended the connection or said no more. */
function send(port: number, pieces: readonly Uint8Array[]): Promise<string> {
  return within(
    'the end of the connection',
    new Promise((resolve) => {
      let answer = '';
      const wire = connect(port, '127.0.0.1', () => {
        for (const piece of pieces) wire.write(piece);
        wire.end();
      });
      wire.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      wire.on('error', () => undefined);
      wire.on('close', () => resolve(answer));
    }),
  );
}

async function isWell(w: StreamWorld): Promise<void> {
  const client = await w.client();
  assert.equal(await client.said(), []);
  client.ws.close();
  await client.closed;
}

const HEAD = [
  'GET /v1/stream HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: hostbeat.v1',
];

test('handshakes with lines missing, doubled, damaged and out of order', async ({ w }) => {
  const line = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...HEAD.slice(1)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'Host: a b[',
        'Sec-WebSocket-Protocol: ,,;',
        'Sec-WebSocket-Protocol: bearer.%%%, hostbeat.v1',
        'Sec-WebSocket-Version: x',
        'Sec-WebSocket-Extensions: permessage-deflate; =',
        'Content-Length: 5',
        'Transfer-Encoding: chunked',
        'X-Auth-Token: \u00e9',
        'Authorization: Bearer',
      ),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET /v1/stream', 'POST /v1/stream', 'GET //', 'GET *', 'GET http://[', 'GET /%'),
      fc.array(line, { maxLength: 9 }),
      async (request, lines) => {
        const head = [`${request} HTTP/1.1`, ...lines, '', ''].join('\r\n');
        await send(w.edge.port, [Buffer.from(head, 'latin1')]);
      },
    ),
    { numRuns: 150 },
  );
  await isWell(w);
});

test('frames of any shape behind a good handshake', async ({ w }) => {
  const head = Buffer.from(`${HEAD.join('\r\n')}\r\n\r\n`);
  const masked = fc
    .tuple(
      fc.constantFrom(0x81, 0x82, 0x80, 0x01, 0x88, 0x89, 0x8a, 0xc1, 0x83, 0x8b),
      fc.oneof(
        fc.uint8Array({ maxLength: 130 }),
        fc.json().map((text) => Buffer.from(text.slice(0, 120))),
      ),
    )
    .map(([first, payload]) =>
      payload.length < 126
        ? Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0, ...payload])
        : Buffer.from([first, 0xfe, 0, payload.length, 0, 0, 0, 0, ...payload]),
    );
  const piece = fc.oneof(
    { weight: 4, arbitrary: masked },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
    {
      weight: 1,
      arbitrary: fc.constant(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
      const answer = await send(w.edge.port, [head, ...pieces]);
      assert.match(answer, /^HTTP\/1\.1 101 /);
    }),
    { numRuns: 150 },
  );
  await isWell(w);
  assert.ok(w.hub.stats().authenticated <= 1);
});

test('a flood of pings whose answers are never read costs its sender the connection', async () => {
  const slow = signal();
  const w = await StreamWorld.open({}, { events: { slowConsumer: () => slow.resolve() } });
  try {
    const client = await w.client();
    client.stopReading();
    const text = JSON.stringify({ type: 'ping', nonce: 'x'.repeat(200) });
    // More than the kernel takes on the way, and what may wait for it.
    for (let n = 0; n < 100_000; n++) client.ws.send(text);
    await within('the cut', slow.promise, 30_000);
    client.ws.terminate();
    await isWell(w);
  } finally {
    await w.close();
  }
});

test.run();
