import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Edge } from '../../../server/runtime/edge.ts';
import { listen } from '../../../server/runtime/http.ts';
import { refusal } from '../../../server/socket/handshake.ts';
import { within } from '../../support/within.ts';

const test = suite<{ edge: Edge }>('bodies that come in slowly', {} as never);

const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n';

test.before(async (context) => {
  context.edge = await listen({
    fetch: async (request) => new Response(`${(await request.text()).length}`),
    upgrade: async () => refusal(404, 'not_found', 'no such path'),
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1024,
    patience: { bodyWindow: 200 },
  });
});
test.after(async ({ edge }) => {
  await edge.close();
});

/** Sends so much of a body every 20 ms. @returns what was answered until the end, and how much had been sent */
async function post(port: number, piece: number): Promise<{ answer: string; sent: number }> {
  let answer = '';
  let sent = 0;
  const socket = connect(port, '127.0.0.1');
  socket.write(HEAD);
  const drip = setInterval(() => {
    if (sent === 20_000 || socket.destroyed) return;
    socket.write('x'.repeat(piece));
    sent += piece;
  }, 20);
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  await within('the end', new Promise((resolve) => socket.on('close', resolve)));
  clearInterval(drip);
  return { answer, sent };
}

test('a body that takes a second, but comes, is taken', async ({ edge }) => {
  const { answer } = await post(edge.port, 400);
  assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*20000$/);
});

test('a body that comes letter by letter ends its connection', async ({ edge }) => {
  const { answer, sent } = await post(edge.port, 1);
  assert.is(answer, '');
  assert.ok(sent < 1_000, `after ${sent} bytes`);
});

test.run();
