/** Many requests at once: each address, and each of its credentials, has its turn. */
import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RequestTurns } from '../../../server/runtime/connections/request-turns.ts';
import type { Edge } from '../../../server/runtime/edge.ts';
import { listen } from '../../../server/runtime/http.ts';
import { refusal } from '../../../server/socket/handshake.ts';

const test = suite('requests and turns');

/** Each request takes a millisecond; three begin in a turn. */
function world() {
  let now = 0;
  let planned: (() => void)[] = [];
  const begun: string[] = [];
  const turns = new RequestTurns({ now: () => now, nextTurn: (run) => planned.push(run), budget: 3 });
  const request = (name: string) => {
    const [address = '', credentials = ''] = name.split('/');
    turns.run(
      name.startsWith('host'),
      () => ({ address, credentials }),
      () => {
        now += 1;
        begun.push(name);
      },
    );
  };
  /** What begins until the next turn. */
  const turn = async (): Promise<string[]> => {
    const due = planned;
    planned = [];
    for (const run of due) run();
    await new Promise(setImmediate);
    return begun.splice(0);
  };
  return { turns, request, turn, atOnce: () => begun.splice(0), isPlanned: () => planned.length > 0 };
}

test('requests begin at once while the turn has time', async () => {
  const { request, atOnce, turn, isPlanned } = world();
  for (let n = 0; n < 3; n++) request('a');
  assert.equal(atOnce(), ['a', 'a', 'a']);
  assert.equal(await turn(), []);
  assert.not(isPlanned(), 'nothing is left to do');
  request('a');
  assert.equal(atOnce(), ['a'], 'another turn has its own time');
});

test('remaining requests begin in the next turns, a few in each', async () => {
  const { request, atOnce, turn } = world();
  for (let n = 0; n < 8; n++) request('a');
  assert.equal(atOnce().length, 3);
  assert.equal((await turn()).length, 3);
  assert.equal((await turn()).length, 2);
});

test('another address goes before the flood of one', async () => {
  const { request, atOnce, turn } = world();
  for (let n = 0; n < 100; n++) request('flood');
  atOnce();
  request('b');
  assert.equal(await turn(), ['flood', 'b', 'flood']);
  request('b');
  assert.equal(atOnce(), ['b'], 'and begins at once where the turn has time');
});

test('many credentials of one address have one turn, and take turns within it', async () => {
  const { request, atOnce, turn } = world();
  for (let n = 0; n < 3; n++) request('flood/x');
  atOnce();
  for (let n = 0; n < 50; n++) request(`flood/${n}`);
  for (let n = 0; n < 50; n++) request('flood/x');
  request('b/y');
  assert.equal(await turn(), ['flood/0', 'b/y', 'flood/1']);
});

test('credentials with one request do not wait for those with many', async () => {
  const { request, atOnce, turn } = world();
  for (let n = 0; n < 50; n++) request('proxy/tenant');
  atOnce();
  request('proxy/agent');
  assert.equal(await turn(), ['proxy/tenant', 'proxy/agent', 'proxy/tenant']);
});

test('every request begins, in the order of its credentials', async () => {
  const { request, atOnce, turn } = world();
  for (let n = 0; n < 20; n++) request(`a/${n % 2}`);
  const all = atOnce();
  for (let n = 0; n < 7; n++) all.push(...(await turn()));
  assert.is(all.length, 20);
});

test('catching up waits for every report that has arrived', async () => {
  const { turns, request, turn, atOnce } = world();
  await turns.caughtUp();
  for (let n = 0; n < 5; n++) request('host1');
  for (let n = 0; n < 5; n++) request('host2');
  let isCaughtUp = false;
  const over = turns.caughtUp().then(() => {
    isCaughtUp = true;
  });
  request('host1');
  const begun = atOnce();
  while (!isCaughtUp) begun.push(...(await turn()));
  await over;
  assert.ok(begun.filter((name) => name === 'host1').length >= 5);
  assert.is(begun.filter((name) => name === 'host2').length, 5);
});

test('catching up waits for no request but reports, which begin first', async () => {
  const { turns, request, turn, atOnce } = world();
  for (let n = 0; n < 1_000; n++) request(`flood${n}`);
  for (let n = 0; n < 4; n++) request(`host${n}`);
  atOnce();
  let isCaughtUp = false;
  const over = turns.caughtUp().then(() => {
    isCaughtUp = true;
  });
  assert.equal(await turn(), ['host0', 'host1', 'host2']);
  assert.not(isCaughtUp);
  assert.is((await turn())[0], 'host3');
  await over;
});

test('where nobody waits for reports they alternate with other requests', async () => {
  const { request, turn, atOnce } = world();
  for (let n = 0; n < 9; n++) request(`flood${n}`);
  for (let n = 0; n < 9; n++) request(`host${n}`);
  atOnce();
  const begun = [...(await turn()), ...(await turn())];
  assert.is(begun.filter((name) => name.startsWith('host')).length, 3);
});

test('while a look waits for connections, one turn in eight begins other requests', async () => {
  const { turns, request, turn, atOnce } = world();
  let accepted = () => {};
  const waiting = turns.whileAccepting(
    new Promise((resolve) => {
      accepted = resolve;
    }),
  );
  request('first');
  await turn();
  atOnce();
  for (let n = 0; n < 60; n++) request(`flood${n}`);
  assert.equal(atOnce(), [], 'they wait although the turn has time');
  request('host');
  assert.equal(atOnce(), ['host'], 'a report begins at once');
  const begun: number[] = [];
  for (let n = 0; n < 16; n++) begun.push((await turn()).length);
  assert.equal(
    begun.filter((count) => count > 0),
    [3, 3],
  );
  accepted();
  await waiting;
  await turn();
  assert.is((await turn()).length, 3, 'afterwards each turn begins some');
});

test('a request that waits while connections are awaited begins without another one', async () => {
  const { turns, request, turn, atOnce, isPlanned } = world();
  let fail = (_error: Error) => {};
  const waiting = turns.whileAccepting(
    new Promise((_resolve, reject) => {
      fail = reject;
    }),
  );
  const failed = waiting.catch((error: Error) => error.message);
  request('first');
  await turn();
  atOnce();
  request('a');
  fail(new Error('no descriptor is free'));
  assert.is(await failed, 'no descriptor is free');
  const begun = atOnce();
  while (isPlanned()) begun.push(...(await turn()));
  assert.equal(begun, ['a']);
});

/** Requests of one connection in turn, each of which keeps the loop for a while. */
async function flooded(use: (edge: Edge, paths: string[], opened: Socket[]) => Promise<void>): Promise<void> {
  const paths: string[] = [];
  const opened: Socket[] = [];
  const edge = await listen({
    fetch: async (request) => {
      paths.push(new URL(request.url).pathname);
      const end = performance.now() + 2;
      while (performance.now() < end);
      return new Response('');
    },
    upgrade: async () => refusal(404, 'not_found', 'no such path'),
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1024,
  });
  await use(edge, paths, opened);
  for (const socket of opened) socket.destroy();
  await edge.close();
}

function open(edge: Edge, opened: Socket[]): Socket {
  const socket = connect(edge.port, '127.0.0.1');
  opened.push(socket);
  return socket.setEncoding('utf8').on('error', () => undefined);
}

async function ask(socket: Socket, path: string, token: string): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-Auth-Token: ${token}\r\n\r\n`);
  let text = '';
  for await (const some of socket) {
    text += some;
    if (text.includes('\r\n\r\n')) break;
  }
  return text;
}

const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise(setImmediate);
};

/** Deno reads its sockets in an order of its own: there this client would be answered late by itself. */
('Deno' in globalThis ? test.skip : test)(
  'a request with other credentials does not wait for a hundred others',
  () =>
    flooded(async (edge, paths, opened) => {
      const other = open(edge, opened);
      assert.match(await ask(other, '/first', 'b').catch(String), /^HTTP/);
      const second = open(edge, opened);
      const sockets = Array.from({ length: 100 }, () => open(edge, opened));
      await until(() => sockets.every((socket) => !socket.connecting) && !second.connecting);
      await edge.caughtUp();
      const flood = sockets.map((socket) => ask(socket, '/flood', 'a'));
      await until(() => paths.length > 3);
      const answer = ask(second, '/other', 'b');
      assert.match(await answer, /^HTTP\/1.1 200/);
      assert.ok(paths.length < 60, `${paths.length} began before it was answered`);
      for (const one of await Promise.all(flood)) assert.match(one, /^HTTP\/1.1 200/);
      assert.is(paths.length, 102);
    }),
);

/** Deno notices that a client has left in a later turn. */
('Deno' in globalThis ? test.skip : test)('requests whose client left before their turn are not begun', () =>
  flooded(async (edge, paths, opened) => {
    const sockets = Array.from({ length: 100 }, () => open(edge, opened));
    await until(() => sockets.every((socket) => !socket.connecting));
    await edge.caughtUp();
    const flood = sockets.map((socket) => ask(socket, '/flood', 'a').catch(() => ''));
    await until(() => paths.length > 0);
    for (const socket of opened) socket.destroy();
    await Promise.all(flood);
    await edge.caughtUp();
    assert.ok(paths.length < 100, `${paths.length} began`);
  }),
);

test.run();
