import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CutReason } from '../../server/runtime/connections/unsent-answers.ts';
import type { Edge, EdgeOptions } from '../../server/runtime/edge.ts';
import { listen } from '../../server/runtime/http.ts';
import { refusal } from '../../server/socket/handshake.ts';
import { StaticAnswer } from '../../server/socket/static-answer.ts';
import { until, within } from '../support/within.ts';

const test = suite<{ edges: Edge[]; sockets: Socket[] }>('answers that nobody reads', {} as never);

/** More than what two kernels on loopback take of one connection. */
const LARGE = 16 * 1024 ** 2;
const page = new StaticAnswer('x'.repeat(LARGE), 'text/plain');

test.before.each((context) => {
  context.edges = [];
  context.sockets = [];
});
test.after.each(async ({ edges, sockets }) => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(edges.map((edge) => edge.close()));
});

interface World {
  readonly edge: Edge;
  /** Paths whose requests were begun, in order. */
  readonly begun: string[];
  readonly cuts: CutReason[];
}

async function open(
  context: { edges: Edge[] },
  more: Pick<EdgeOptions, 'limits' | 'patience' | 'seeThrough'> = {},
): Promise<World> {
  const begun: string[] = [];
  const cuts: CutReason[] = [];
  const edge = await listen({
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      begun.push(pathname);
      if (pathname.startsWith('/small')) return new Response(pathname);
      if (pathname === '/page') return page.to(request);
      if (pathname === '/stream')
        return new Response(endless(), { headers: { 'Content-Type': 'text/event-stream' } });
      return new Response('x'.repeat(LARGE));
    },
    upgrade: async () => refusal(404, 'not_found', 'no such path'),
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1024,
    events: { answerCut: (why) => cuts.push(why) },
    ...more,
  });
  context.edges.push(edge);
  return { edge, begun, cuts };
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) });
}

/** A client that sends this and reads nothing until it is resumed. */
function unreading(context: { sockets: Socket[] }, { edge }: World, text: string): Socket {
  const socket = connect(edge.port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  socket.write(text);
  context.sockets.push(socket);
  return socket;
}

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;

/** Reads at least this many bytes, and on until they end so. */
async function read(socket: Socket, bytes: number, end = ''): Promise<string> {
  let text = '';
  const enough = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.length >= bytes && text.endsWith(end)) resolve();
    });
    socket.on('close', () => resolve());
  });
  socket.resume();
  await within('the answer', enough);
  return text;
}

test('a pipelined request begins only when the answer before it is with the kernel', async (context) => {
  const world = await open(context);
  const socket = unreading(context, world, get('/large') + get('/small/2') + get('/small/3'));
  await until('the first answer to wait', () => world.edge.stats().unsentBytes > 0);
  assert.equal(world.begun, ['/large']);
  const text = await read(socket, LARGE, '/small/3');
  assert.equal(world.begun, ['/large', '/small/2', '/small/3']);
  assert.match(text.slice(-400), /\/small\/2[\s\S]+\/small\/3$/);
  assert.is(world.edge.stats().unsentBytes, 0);
});

test('an upgrade behind an unanswered request ends its connection', async (context) => {
  const world = await open(context);
  const upgrade = get('/stream', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
  const socket = unreading(context, world, get('/large') + upgrade);
  assert.not.match(await read(socket, Number.POSITIVE_INFINITY), /no such path/, 'answered out of order');
});

test('an answer is whole however slowly it is read', async (context) => {
  const world = await open(context);
  const socket = unreading(context, world, get('/large', 'Connection: close\r\n'));
  await until('it to wait', () => world.edge.stats().unsentBytes > 0);
  const text = await read(socket, Number.POSITIVE_INFINITY);
  assert.is(text.length - text.indexOf('\r\n\r\n') - 4, LARGE);
  assert.match(text, new RegExp(`content-length: ${LARGE}`, 'i'));
});

test('unsent bytes of all connections are bounded, and the slowest are cut', async (context) => {
  const limits = { unsent: { perConnection: 2 * LARGE, perAddress: 20 * LARGE, total: 4 * LARGE } };
  const world = await open(context, { limits });
  const sockets = Array.from({ length: 12 }, () => unreading(context, world, get('/large').repeat(20)));
  const isWithin = () => world.edge.stats().unsentBytes <= 4 * LARGE;
  // The ledger looks at the end of the turn in which a request began.
  await until('the bound', () => world.begun.length === 12 && world.cuts.length >= 5 && isWithin());
  assert.equal([...new Set(world.cuts)], ['total']);
  const reader = unreading(context, world, get('/small/1'));
  assert.match(await read(reader, 1), /^HTTP\/1\.1 200/);
  for (const socket of sockets) socket.destroy();
  await until('nothing to be left of them', () => world.edge.stats().unsentBytes === 0);
});

test('unsent bytes of one address are bounded, and another address is left alone', async (context) => {
  const limits = { unsent: { perConnection: 2 * LARGE, perAddress: 3 * LARGE, total: 100 * LARGE } };
  // As a trusted proxy would have it.
  const seeThrough: EdgeOptions['seeThrough'] = (_peer, forwarded) => forwarded || '127.0.0.1';
  const world = await open(context, { limits, seeThrough });
  const other = unreading(context, world, get('/large', 'X-Forwarded-For: 192.0.2.2\r\n'));
  await until('the other to wait', () => world.edge.stats().unsentBytes > 0);
  for (let n = 0; n < 8; n += 1) unreading(context, world, get('/large', 'X-Forwarded-For: 192.0.2.1\r\n'));
  await until('the bound to be enforced', () => world.cuts.length >= 3);
  assert.equal([...new Set(world.cuts)], ['address']);
  assert.ok((await read(other, LARGE)).length >= LARGE);
});

test('an answer larger than one connection may have is cut', async (context) => {
  const limits = { unsent: { perConnection: LARGE / 4, perAddress: 9 * LARGE, total: 9 * LARGE } };
  const world = await open(context, { limits });
  unreading(context, world, get('/large'));
  await until('the cut', () => world.cuts.length > 0);
  assert.equal(world.cuts, ['connection']);
});

test('a shared document costs each connection only what is on its way', async (context) => {
  const world = await open(context);
  for (let n = 0; n < 10; n += 1) unreading(context, world, get('/page').repeat(20));
  await until('all to wait', () => world.begun.length === 10);
  await until('the first pieces to be there', () => world.edge.stats().unsentBytes > 0);
  assert.ok(world.edge.stats().unsentBytes < 10 * 200 * 1024, `${world.edge.stats().unsentBytes}`);
});

for (const [what, path, headers] of [
  ['an answer', '/large', ''],
  ['a shared document', '/page', ''],
  ['a stream', '/stream', ''],
  ['an answer to HTTP/1.0', '/large', '1.0'],
] as const) {
  test(`${what} of which nothing is read for too long ends its connection`, async (context) => {
    const world = await open(context, { patience: { stall: 300 } });
    const request = headers === '1.0' ? `GET ${path} HTTP/1.0\r\n\r\n` : get(path);
    const socket = unreading(context, world, request);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await until('the cut', () => world.cuts.length > 0);
    assert.equal(world.cuts, ['stalled']);
    socket.resume();
    await within('the end', closed);
    assert.is(world.edge.stats().unsentBytes, 0);
  });
}

test('a connection of which something is read now and then is not cut', async (context) => {
  const world = await open(context, { patience: { stall: 600 } });
  const socket = unreading(context, world, get('/large', 'Connection: close\r\n'));
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    socket.pause();
  });
  const sip = setInterval(() => socket.resume(), 1);
  await within('the end', new Promise((resolve) => socket.on('close', resolve)));
  clearInterval(sip);
  assert.ok(bytes > LARGE, `${bytes} bytes`);
  assert.equal(world.cuts, []);
});

test('a HEAD is answered without a body, and what follows it too', async (context) => {
  const world = await open(context);
  const socket = unreading(context, world, get('/large').replace('GET', 'HEAD') + get('/small/2'));
  const text = await read(socket, 300);
  assert.match(text, /\/small\/2$/);
  assert.not.match(text, /xxx/);
});

test('a request that is one too many of its connection ends it', async (context) => {
  const world = await open(context);
  const socket = unreading(context, world, get('/large') + get('/small').repeat(40));
  socket.resume();
  await within('the end', new Promise((resolve) => socket.on('close', resolve)));
  assert.is(world.begun.filter((path) => path === '/large').length, 1);
});

test('a request waiting behind an answer is not begun when its client leaves', async (context) => {
  const world = await open(context);
  const id = randomUUID();
  const socket = unreading(context, world, get('/large') + get(`/small/${id}`));
  await until('it to wait', () => world.edge.stats().unsentBytes > 0);
  socket.destroy();
  await until('it to be gone', () => world.edge.stats().connections === 0);
  assert.equal(world.begun, ['/large']);
});

test.run();
