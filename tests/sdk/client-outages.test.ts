/** The client over outages: lost connections, servers that say nothing, tokens that end. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect } from '../../client-sdk/src/index.ts';
import { within } from '../support/within.ts';
import { cursorAt, event, snapshot, synced, welcome } from './support/frames.ts';
import { heldTime, live, nextError, nextState, random } from './support/live-client.ts';
import { ScriptedServer } from './support/scripted-server.ts';

const test = suite('client over outages');

test('after the connection broke it comes back with the cursor of the last event', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', random });
  const first = await live(server, 3);
  await within('synced', client.synced);
  const got = new Promise<void>((resolve) => client.on('event', () => resolve()));
  first.send(event(4));
  await within('the event', got);
  first.cut();
  const second = await within('a second connection', server.peer());
  assert.is((await second.greet()).cursor, cursorAt(4));
  assert.is(client.cursor, cursorAt(4));
});

test('a token is asked for before every connect; a provider that fails is asked again', async () => {
  await using server = await ScriptedServer.open();
  let asked = 0;
  const token = async () => {
    asked += 1;
    if (asked === 2) throw new Error('Keystone is away');
    return `token-${asked}`;
  };
  await using client = connect({ url: server.url, token, random });
  const peer = await live(server);
  await within('synced', client.synced);
  const failed = nextError(client, 'TokenProviderError');
  peer.cut();
  assert.match((await failed).message, /"token".*Keystone is away/);
  const second = await within('a second connection', server.peer());
  assert.is((await within('hello', second.frame('hello'))).token, 'token-3');
});

test('4103: an expired token is renewed and the stream resumed', async () => {
  await using server = await ScriptedServer.open();
  let asked = 0;
  await using client = connect({ url: server.url, token: () => `token-${++asked}`, random: () => 0.999 });
  const peer = await live(server, 7);
  await within('synced', client.synced);
  peer.close(4103, 'token expired');
  const second = await within('a second connection', server.peer());
  assert.is((await within('hello', second.frame('hello'))).token, 'token-2');
  second.send(welcome());
  assert.is((await within('subscribe', second.frame('subscribe'))).cursor, cursorAt(7));
});

test('before its token expires it hands a new one to the live connection', async () => {
  await using server = await ScriptedServer.open();
  let asked = 0;
  await using client = connect({ url: server.url, token: () => `token-${++asked}`, random });
  const peer = await live(server);
  await within('synced', client.synced);
  peer.send({ type: 'auth_expiring', in_ms: 60_000 });
  assert.is((await within('auth', peer.frame('auth'))).token, 'token-2');
  peer.send({ type: 'auth_ok', expires_at: null });
  assert.is(client.state, 'live');
});

for (const [code, name] of [
  [4400, 'IncompatibleError'],
  [4401, 'AuthenticationError'],
  [4403, 'ForbiddenError'],
  [4406, 'IncompatibleError'],
  [4409, 'IncompatibleError'],
] as const) {
  test(`${code} stops it until the application acts`, async () => {
    await using server = await ScriptedServer.open();
    await using client = connect({ url: server.url, token: 't', random });
    const stopped = nextState(client, 'stopped');
    const peer = await within('a connection', server.peer());
    peer.close(code, 'because');
    await stopped;
    assert.is(client.error?.name, name);
    assert.not.ok(client.error?.shouldRetry());
    await within('synced', client.synced).then(
      () => assert.unreachable('never synced'),
      (error) => assert.is(error, client.error),
    );
    client.retry();
    await within('a connection after retry()', server.peer());
  });
}

test('a subscription that fails for now is tried again', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', random });
  const failed = nextError(client, 'ServerError');
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send({ type: 'error', code: 'unavailable', message: 'the database is away', id: 'main' });
  assert.ok((await failed).shouldRetry());
  await live(server);
  await within('synced', client.synced);
});

for (const garbage of [
  '{',
  '{"type":"event"}',
  '{"type":"health","observer":"ok","subscriptions":[null]}',
  Buffer.from([1, 2, 3]),
]) {
  test(`garbage (${JSON.stringify(garbage).slice(0, 30)}) ends the connection, not the stream`, async () => {
    await using server = await ScriptedServer.open();
    await using client = connect({ url: server.url, token: 't', random });
    const peer = await live(server, 5);
    await within('synced', client.synced);
    const error = nextError(client, 'ProtocolError');
    peer.send(garbage);
    await error;
    assert.is(await within('the close', peer.closed), 4400);
    assert.is((await within('a resume', (await server.peer()).greet())).cursor, cursorAt(5));
  });
}

test('a drain says when to come back, and is honoured', async () => {
  await using server = await ScriptedServer.open();
  const waits: number[] = [];
  const setTimer = (run: () => void, ms: number) => {
    waits.push(ms);
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  };
  await using client = connect({ url: server.url, token: 't', random: () => 0.5, now: () => 0, setTimer });
  const peer = await live(server, 2);
  await within('synced', client.synced);
  peer.send({ type: 'drain', reconnect_in_ms: [10, 21] });
  peer.close(1012);
  assert.is((await within('a resume', (await server.peer()).greet())).cursor, cursorAt(2));
  assert.ok(waits.includes(15.5), `waited ${waits}`);
});

test('no frame for two and a half health intervals ends the connection, and it resumes', async () => {
  await using server = await ScriptedServer.open();
  const { timers, ...time } = heldTime();
  await using client = connect({ url: server.url, token: 't', random, ...time });
  const silent = nextError(client, 'SilenceError');
  await live(server, 9, 1_000);
  await within('synced', client.synced);
  timers.advance(2_499);
  assert.is(client.state, 'live');
  timers.advance(1);
  await silent;
  assert.is((await within('a resume', (await server.peer()).greet())).cursor, cursorAt(9));
});

test('a server that accepts and never welcomes is given up', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', random, openTimeoutMs: 200 });
  await nextError(client, 'SilenceError');
  server.onPeer = async (peer) => {
    await peer.greet();
    peer.send(snapshot([]), synced(0));
  };
  await within('synced', client.synced);
});

test('without a server it retries for ever, and connects once there is one', async () => {
  const gone = await ScriptedServer.open();
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  await using client = connect({ url, token: 't', random });
  await nextError(client, 'ConnectionLostError');
  await nextError(client, 'ConnectionLostError');
  await using server = await ScriptedServer.open(Number(new URL(url).port));
  await live(server);
  await within('synced', client.synced);
});

test('a token provider that never answers is given up', async () => {
  await using server = await ScriptedServer.open();
  let asked = 0;
  const token = () => (++asked === 1 ? new Promise<string>(() => {}) : 'second');
  await using client = connect({ url: server.url, token, random, openTimeoutMs: 200 });
  assert.match((await nextError(client, 'TokenProviderError')).message, /"token".*200 ms/);
  const peer = await within('a connection', server.peer());
  assert.is((await within('hello', peer.frame('hello'))).token, 'second');
});

test.run();
