import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toResponse } from '../../server/plain-http.ts';
import type { Edge } from '../../server/runtime/edge.ts';
import { listen } from '../../server/runtime/http.ts';
import { refusal } from '../../server/socket/handshake.ts';
import { signal, until, within } from '../support/within.ts';

interface Context {
  edge: Edge;
  /** Which way each request went. */
  ways: string[];
  errors: unknown[];
}

const test = suite<Context>('requests answered without the web objects', {} as never);

/** Says the way and how long the body was, as the way itself read it. */
const said = (way: string, text: string) => ({ status: 200, headers: {}, body: `${way} ${text.length}` });

test.before.each(async (context) => {
  context.ways = [];
  context.errors = [];
  context.edge = await listen({
    async fetch(request) {
      context.ways.push('ordinary');
      return toResponse(said('ordinary', await request.text()));
    },
    direct: (_method, target) => {
      if (!target.startsWith('/hot')) return undefined;
      return async (request, peer) => {
        context.ways.push('direct');
        if (target === '/hot/broken') throw new Error('broken');
        if (target === '/hot/text') return { status: 200, headers: {}, body: '“größer” 😀' };
        if (target === '/hot/refused') return { status: 401, headers: {}, body: 'refused' };
        return said(`direct ${peer}`, await request.text());
      };
    },
    upgrade: async () => refusal(404, 'not_found', 'no such path'),
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1024,
    onError: (error) => context.errors.push(error),
  });
});
test.after.each(({ edge }) => edge.close());

/** Writes the pieces one after another, and reads until the connection ends. */
async function exchange({ port }: Edge, ...pieces: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  for (const piece of pieces) await new Promise<void>((written) => socket.write(piece, () => written()));
  await within('the end', new Promise((resolve) => socket.on('close', resolve)));
  return answer;
}

const head = (line: string, ...headers: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: a', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

test('a hot request is answered directly, with its body and the peer', async ({ edge, ways }) => {
  const answer = await exchange(edge, head('POST /hot', 'Content-Length: 5'), 'he', 'llo');
  assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*direct 127\.0\.0\.1 5$/);
  assert.match(await exchange(edge, head('GET /hot')), /direct 127\.0\.0\.1 0$/);
  assert.match(await exchange(edge, head('POST /hot', 'Content-Length: 0')), /direct 127\.0\.0\.1 0$/);
  assert.equal(ways, ['direct', 'direct', 'direct']);
});

test('a long body, and a GET with a body, go the ordinary way', async ({ edge, ways }) => {
  const long = 64 * 1024 + 1;
  const answer = await exchange(edge, head('POST /hot', `Content-Length: ${long}`), 'x'.repeat(long));
  assert.match(answer, /ordinary 65537$/);
  await exchange(edge, head('GET /hot', 'Content-Length: 2'), 'hi');
  assert.equal(ways, ['ordinary', 'ordinary']);
});

test('a text beyond Latin-1 arrives whole', async ({ edge }) => {
  const answer = Buffer.from(await exchange(edge, head('GET /hot/text')), 'latin1').toString();
  assert.match(answer, /“größer” 😀$/);
});

test('any other request goes the ordinary way', async ({ edge, ways }) => {
  assert.match(await exchange(edge, head('GET /cold')), /ordinary 0$/);
  assert.equal(ways, ['ordinary']);
});

const LONG = 'x'.repeat(64 * 1024 + 1);
const UNUSUAL: Readonly<Record<string, readonly string[]>> = {
  'without a length': [head('POST /hot', 'Transfer-Encoding: chunked'), '5\r\nhello\r\n0\r\n\r\n'],
  'with a long body': [head('POST /hot', `Content-Length: ${LONG.length}`), LONG],
  'with a host in capitals': [head('GET /hot').replace('Host: a', 'Host: A')],
  'with a host that is an address of IPv6': [head('GET /hot').replace('Host: a', 'Host: [::1]')],
  'that names no host': ['GET /hot HTTP/1.0\r\n\r\n'],
  'that reads and has a body': [head('GET /hot', 'Content-Length: 1'), 'x'],
};
for (const [what, pieces] of Object.entries(UNUSUAL)) {
  test(`a hot request ${what} is answered all the same`, async ({ edge }) => {
    assert.match(await exchange(edge, ...pieces), /^HTTP\/1\.1 200 /);
  });
}

test('a host that makes no URL is refused the ordinary way', async ({ edge, ways }) => {
  const answer = await exchange(edge, head('GET /hot').replace('Host: a', 'Host: a b'));
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.equal(ways, []);
});

test('an error of the handler is an answer that hides it', async ({ edge, errors }) => {
  const answer = await exchange(edge, head('GET /hot/broken'));
  assert.match(
    answer,
    /^HTTP\/1\.1 500 [\s\S]*\{"error":\{"code":"internal","message":"internal error"\}\}$/,
  );
  assert.is((errors[0] as Error).message, 'broken');
});

test('a client that leaves in the middle of its body is not answered', async ({ edge, ways, errors }) => {
  const socket = connect(edge.port, '127.0.0.1');
  await new Promise<void>((written) =>
    socket.write(`${head('POST /hot', 'Content-Length: 5')}he`, () => written()),
  );
  const gone = new Promise((resolve) => socket.on('close', resolve));
  socket.destroy();
  await within('the client to be gone', gone);
  assert.match(await exchange(edge, head('GET /hot')), /direct/);
  assert.equal(ways, ['direct', 'direct']);
  assert.equal(errors, []);
});

test('a handler may refuse before the body arrives', async ({ edge }) => {
  const socket = connect(edge.port, '127.0.0.1');
  const answer = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
  socket.write(`${head('POST /hot/refused', 'Content-Length: 60000')}he`);
  assert.match(await within('the refusal', answer), /^HTTP\/1\.1 401 /);
  socket.destroy();
});

test('requests of one connection are answered in their order', async ({ edge }) => {
  const two = `${head('POST /hot', 'Content-Length: 2').replace('Connection: close\r\n', '')}hi`;
  const answer = await exchange(edge, two + two + head('GET /cold'));
  assert.equal(
    [...answer.matchAll(/(direct|ordinary) /g)].map(([, way]) => way),
    ['direct', 'direct', 'ordinary'],
  );
});

test('a client that left while its token was looked up is not waited for', async () => {
  const asked = signal();
  const known = signal();
  const outcome = signal<string>();
  const edge = await listen({
    fetch: async () => new Response('ordinary'),
    direct: () => async (request) => {
      asked.resolve();
      await known.promise;
      const read = request.text();
      read.then(
        () => outcome.resolve('a whole body'),
        (error: Error) => outcome.resolve(error.message),
      );
      return { status: 200, headers: {}, body: await read };
    },
    upgrade: async () => refusal(404, 'not_found', 'no such path'),
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1024,
  });
  const socket = connect(edge.port, '127.0.0.1');
  socket.write(head('POST /hot', 'Content-Length: 5'));
  await within('the request', asked.promise);
  socket.destroy();
  await until('the connection to end', () => edge.stats().connections === 0);
  known.resolve();
  assert.match(await within('the end of the body', outcome.promise), /closed before the whole body/);
  await edge.close();
});

test('all values of a single-valued header are read: two tokens count as none', async () => {
  const edge = await listen({
    fetch: async () => new Response('ordinary'),
    direct: () => async (request) => ({
      status: 200,
      headers: {},
      body: `${request.headers.get('Authorization')}; ${request.headers.get('X-Auth-Token')}`,
    }),
    upgrade: async () => refusal(404, 'not_found', 'no such path'),
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1024,
  });
  const twice = ['Authorization: Bearer a', 'X-Auth-Token: c', 'Authorization:  Bearer b', 'X-Auth-Token: d'];
  assert.match(await exchange(edge, head('GET /hot', ...twice)), /Bearer a, Bearer b; c, d$/);
  await edge.close();
});

test.run();
