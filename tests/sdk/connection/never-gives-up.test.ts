/** Only hostbeat's own refusal ends a client, and only after a fresh token was tried. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocketServer } from 'ws';
import { connect, type HostbeatError, type TokenRequest, watch } from '../../../client-sdk/src/index.ts';
import { RequestError, Rest } from '../../../client-sdk/src/rest.ts';
import { within } from '../../support/within.ts';
import { cursorAt, snapshot, state, synced } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const test = suite('a client that never gives up wrongly');
const random = () => 0;

const stopped = (client: ReturnType<typeof connect>) =>
  within(
    'the end',
    client.synced.then(
      () => Promise.reject(new Error('it was in step')),
      (error: HostbeatError) => error,
    ),
  );

for (const code of [4401, 4403]) {
  test(`${code}: a token function is asked once more, with the reason, before the client ends`, async () => {
    await using server = await ScriptedServer.open();
    const asked: boolean[] = [];
    const token = ({ refused }: TokenRequest) => `t${asked.push(refused)}`;
    await using client = connect({ url: server.url, token, random });
    const end = stopped(client);
    for (const expected of ['t1', 't2']) {
      const peer = await within('a connection', server.peer());
      assert.is((await within('hello', peer.frame('hello'))).token, expected);
      peer.close(code, 'no');
    }
    assert.is((await end).name, code === 4401 ? 'AuthenticationError' : 'ForbiddenError');
    assert.equal(asked, [false, true]);
  });
}

test('a valid new token resumes the stream, and the next refusal asks again', async () => {
  await using server = await ScriptedServer.open();
  let asked = 0;
  await using client = connect({ url: server.url, token: () => `t${++asked}`, random });
  const errors: boolean[] = [];
  client.on('error', (error) => errors.push(error.shouldRetry()));
  for (let round = 0; round < 3; round += 1) {
    const peer = await within('a connection', server.peer());
    const { cursor } = await within('subscribe', peer.greet());
    assert.is(cursor, round === 0 ? undefined : cursorAt(3));
    const live = new Promise<void>((resolve) => client.on('state', (s) => s === 'live' && resolve()));
    if (round === 0) peer.send(snapshot([state('s1')]), synced(3));
    else peer.send(synced(3, 'resumed'));
    await within('live', live);
    peer.close(4401, 'the password was changed');
  }
  await within('a connection', server.peer());
  assert.is(client.error?.shouldRetry(), true);
  assert.equal(errors, [true, true, true]);
});

test('a subscription that is revoked is asked for once more with a fresh token', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: async () => 't', random });
  const end = stopped(client);
  for (let round = 0; round < 2; round += 1) {
    const peer = await within('a connection', server.peer());
    await within('subscribe', peer.greet());
    peer.send({ type: 'unsubscribed', id: 'main', reason: 'revoked' });
  }
  assert.is((await end).name, 'ForbiddenError');
});

test('a refusal over a WebSocket that is not hostbeat’s is an outage', async () => {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => 'mqtt' });
  let met = () => {};
  let count = 0;
  const thrice = new Promise<void>((resolve) => {
    met = resolve;
  });
  sockets.on('connection', (socket) => {
    if (++count === 3) met();
    socket.close(4401, 'who are you');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const client = connect({ url: `http://127.0.0.1:${port}`, token: 't', random, transport: 'websocket' });
  await within('three connections', thrice);
  assert.is.not(client.state, 'stopped');
  await client.close();
  sockets.close();
  http.close();
});

test('a newline around a token is trimmed; a token that is not text is an error', async () => {
  await using server = await ScriptedServer.open();
  for (const token of ['secret\n', () => ' secret\r\n', async () => 'secret\n']) {
    await using _client = connect({ url: server.url, token, random });
    const peer = await within('a connection', server.peer());
    assert.is((await within('hello', peer.frame('hello'))).token, 'secret');
  }
  const token = (() => undefined) as never;
  await using client = connect({ url: server.url, token, random });
  const failed = new Promise<HostbeatError>((resolve) => client.on('error', resolve));
  assert.match((await within('the error', failed)).message, /undefined in place of a text/);
  assert.throws(() => connect({ url: server.url, token: undefined as never }), /option "token"/);
});

test('a damaged cursor is a reset with its reason, never the end', async () => {
  for (const [kept, sent] of [
    ['cursor-5\n', 'cursor-5'],
    ['', 'damaged'],
    ['\u0000\u0000', 'damaged'],
    ['x'.repeat(2_000), 'damaged'],
    ['a b', 'damaged'],
  ] as const) {
    await using server = await ScriptedServer.open();
    await using watched = watch({ url: server.url, token: 't', cursor: kept, random });
    const peer = await within('a connection', server.peer());
    assert.is((await within('subscribe', peer.greet())).cursor, sent);
    peer.send(snapshot([state('s1')]), synced(0, 'reset', 'invalid'));
    const { value } = await within('an item', watched[Symbol.asyncIterator]().next());
    assert.equal([value?.type, value?.type === 'reset' && value.reason], ['reset', 'invalid']);
  }
});

test('every duration and limit is checked where it is given', async () => {
  const url = 'http://127.0.0.1:9';
  for (const wrong of [Number.NaN, -1, 2 ** 31, Number.POSITIVE_INFINITY, '5' as never]) {
    assert.throws(() => connect({ url, token: 't', openTimeoutMs: wrong }), /"openTimeoutMs".*2147483647/);
    assert.throws(() => watch({ url, token: 't', maxBuffered: wrong }), /"maxBuffered".*2147483647/);
    assert.throws(() => new Rest({ url, token: 't', timeoutMs: wrong }), /"timeoutMs".*2147483647/);
    const rest = new Rest({ url, token: 't' });
    assert.throws(() => rest.servers({ pageSize: wrong }), /"pageSize"/);
    assert.throws(() => rest.history('s1', { pageSize: wrong }), /"pageSize"/);
    if (wrong !== 2 ** 31) assert.throws(() => rest.history('s1', { before: wrong }), /"before"/);
  }
});

test('a request goes to no other address, and is asked once more with a fresh token', async () => {
  await using server = await ScriptedServer.open();
  await using elsewhere = await ScriptedServer.open();
  let strayed = 0;
  elsewhere.onRequest = (_, response) => {
    strayed += 1;
    response.end('{}');
  };
  const tokens: unknown[] = [];
  server.onRequest = (path, response) => {
    tokens.push(response.req.headers['x-auth-token']);
    if (path.endsWith('moved')) response.writeHead(307, { location: elsewhere.url }).end();
    else if (tokens.length < 2) response.writeHead(401).end();
    else response.end('{"server":{"id":"s1"}}');
  };
  let asked = 0;
  const rest = new Rest({ url: server.url, token: () => `t${++asked}` });
  assert.is((await rest.server('s1'))?.id, 's1');
  assert.equal(tokens, ['t1', 't2']);
  const moved = await rest.server('moved').catch((error: RequestError) => error);
  assert.instance(moved, RequestError);
  assert.match(String(moved), /redirect \(307\)/);
  assert.is(strayed, 0);
});

test('the reason why nothing could be connected is in the error', async () => {
  const gone = await ScriptedServer.open();
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  await using client = connect({ url, token: 't', random, transport: 'websocket' });
  const failed = new Promise<HostbeatError>((resolve) => client.once('error', resolve));
  assert.match((await within('the error', failed)).message, /refused|ECONNREFUSED/i);
});

test.run();
