import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConnectionState } from '../../client-sdk/src/connection/connection-state.ts';
import {
  type Client,
  connect,
  type HostbeatError,
  HostStatusMap,
  type TrackerState,
} from '../../client-sdk/src/index.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { signal, within } from '../support/within.ts';
import { cursorAt, event, health, snapshot, state, synced, welcome } from './support/frames.ts';
import { type Peer, ScriptedServer } from './support/scripted-server.ts';

const test = suite('client');
/** Retries come at once, so that no test waits for a back-off. */
const random = () => 0;

const nextState = (client: Client, wanted: ConnectionState) =>
  within(
    `state ${wanted}`,
    new Promise<void>((resolve) => client.on('state', (s) => s === wanted && resolve())),
  );

const nextError = (client: Client, name: string) =>
  within(
    name,
    new Promise<HostbeatError>((resolve) =>
      client.on('error', (error) => error.name === name && resolve(error)),
    ),
  );

const nextTracker = (client: Client, wanted: TrackerState) =>
  within(
    `tracker ${wanted}`,
    new Promise<void>((resolve) => client.on('tracker', (t) => t === wanted && resolve())),
  );

/** Options of a client whose time passes only when the test lets it. */
function heldTime() {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  return { timers, setTimer: timers.setTimer, now: () => clock.monotonic() };
}

/** The next connection, greeted, and up to date at `seq`. */
async function live(server: ScriptedServer, seq = 0, healthIntervalMs?: number): Promise<Peer> {
  const peer = await within('a connection', server.peer());
  const subscribe = await within('a subscription', peer.greet(healthIntervalMs));
  if (subscribe.cursor === undefined) peer.send(snapshot([state('s1')]), synced(seq));
  else peer.send(synced(seq, 'resumed'));
  return peer;
}

test('the token travels in the hello, not in the address or a header', async () => {
  await using server = await ScriptedServer.open();
  await using _client = connect({ url: server.url, token: 'secret', clientName: 'my-app/1' });
  const peer = await within('a connection', server.peer());
  assert.equal(await within('hello', peer.frame('hello')), {
    type: 'hello',
    client: 'my-app/1',
    token: 'secret',
  });
  assert.equal(peer.protocols, ['hostbeat.v1']);
});

test('where asked the token travels as a subprotocol, and then not in the hello', async () => {
  await using server = await ScriptedServer.open();
  await using _client = connect({ url: server.url, token: 'ünï?>', tokenIn: 'bearer' });
  const peer = await within('a connection', server.peer());
  const encoded = Buffer.from('ünï?>').toString('base64url');
  assert.equal(peer.protocols, ['hostbeat.v1', `bearer.${encoded}`]);
  assert.not.ok('token' in (await within('hello', peer.frame('hello'))));
});

test('it walks through its states and tells each', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't' });
  const states: ConnectionState[] = [client.state];
  client.on('state', (s) => states.push(s));
  await live(server);
  await within('synced', client.synced);
  await client.close();
  assert.equal(states, ['idle', 'authenticating', 'connecting', 'greeting', 'catching-up', 'live', 'closed']);
});

test('it subscribes with what was asked for', async () => {
  await using server = await ScriptedServer.open();
  const asked = { projectId: 'p2', servers: ['s1'], hostStatus: ['DOWN', ''], cursor: 'c' } as const;
  await using _client = connect({ url: server.url, token: 't', stream: 'hosts', ...asked });
  assert.equal(await within('subscribe', (await server.peer()).greet()), {
    type: 'subscribe',
    id: 'main',
    stream: 'hosts',
    project_id: 'p2',
    servers: ['s1'],
    host_status: ['DOWN', ''],
    cursor: 'c',
  });
});

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

test('a subscription that is refused stops it', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', projectId: 'p9', random });
  const stopped = nextState(client, 'stopped');
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send({ type: 'unsubscribed', id: 'main', reason: 'forbidden' });
  await stopped;
  assert.is(client.error?.name, 'ForbiddenError');
});

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

test('types, fields and kinds of tomorrow are passed over', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', random });
  const changes: unknown[] = [];
  const events: number[] = [];
  client.on('change', (change) => changes.push(change));
  const two = new Promise<void>((resolve) => {
    client.on('event', ({ seq }) => events.push(seq) === 2 && resolve());
  });
  const peer = await live(server);
  peer.send(
    { type: 'of-tomorrow' },
    { ...event(1, [{ kind: 'teleported', server_id: 's1' }]), extra: 1 },
    event(2),
  );
  await within('two events', two);
  assert.equal(events, [1, 2]);
  assert.is(changes.length, 1);
});

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

test('a cursor in a health frame counts only after the synced', async () => {
  await using server = await ScriptedServer.open();
  const cursor = cursorAt(3);
  await using _client = connect({ url: server.url, token: 't', servers: ['s1'], cursor, random });
  const peer = await within('a connection', server.peer());
  await within('a subscription', peer.greet());
  peer.send(health('ok', 9));
  peer.close(4101, 'slow');
  const next = await within('another connection', server.peer());
  assert.is((await within('a subscription', next.greet())).cursor, cursor);
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

test('nobody there: it tries for ever, and gets through when there is', async () => {
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

test('the tracker is what health says, and unknown when two are missing', async () => {
  await using server = await ScriptedServer.open();
  const { timers, ...time } = heldTime();
  await using client = connect({ url: server.url, token: 't', random, ...time });
  assert.is(client.tracker, 'unknown');
  const degraded = nextTracker(client, 'degraded');
  const peer = await live(server, 0, 1_000);
  peer.send(health('degraded'));
  await degraded;
  // The connection itself is kept alive by these.
  for (const seq of [1, 2]) {
    timers.advance(1_000);
    const sent = new Promise((resolve) => client.once('event', resolve));
    peer.send(event(seq));
    await within('the event', sent);
  }
  assert.is(client.tracker, 'degraded');
  timers.advance(201);
  assert.equal([client.tracker, client.state], ['unknown', 'live']);
  const ok = nextTracker(client, 'ok');
  peer.send(health('ok'));
  await ok;
});

test('the tracker is known from "welcome" on, where the server says it there', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', random });
  const map = new HostStatusMap(client);
  const peer = await within('a connection', server.peer());
  await peer.frame('hello');
  peer.send({ ...welcome(), observer: 'degraded' });
  await peer.frame('subscribe');
  assert.is(client.tracker, 'degraded');
  peer.send(snapshot([state('s1')]), synced(0));
  await within('synced', client.synced);
  assert.is(map.stale, false);
});

test('a cursor is kept one at a time, in order, the newest covering those that waited', async () => {
  await using server = await ScriptedServer.open();
  const kept: string[] = [];
  let release = () => {};
  const onCursor = (cursor: string) => {
    kept.push(cursor);
    return new Promise<void>((resolve) => {
      release = resolve;
    });
  };
  const client = connect({ url: server.url, token: 't', random, onCursor });
  const third = new Promise<void>((resolve) => client.on('event', ({ seq }) => seq === 3 && resolve()));
  const peer = await live(server);
  peer.send(event(1), event(2), event(3));
  await within('three events', third);
  assert.equal(kept, [cursorAt(0)]);
  release();
  const closed = client.close();
  while (kept.length < 2) await new Promise(setImmediate);
  release();
  await within('close', closed);
  assert.equal(kept, [cursorAt(0), cursorAt(3)]);
});

test('an onCursor that fails is reported, and called again with the next one', async () => {
  await using server = await ScriptedServer.open();
  const kept: string[] = [];
  const onCursor = async (cursor: string) => {
    if (kept.push(cursor) === 1) throw new Error('disk full');
  };
  await using client = connect({ url: server.url, token: 't', random, onCursor });
  const failed = nextError(client, 'CursorNotKeptError');
  const peer = await live(server);
  await failed;
  peer.send(event(1));
  await within('cursor 1', new Promise<void>((resolve) => client.on('event', () => resolve())));
  await client.close();
  assert.equal(kept, [cursorAt(0), cursorAt(1)]);
});

test('what the application took is acknowledged if asked, and again after a reconnect', async () => {
  await using server = await ScriptedServer.open();
  await using _client = connect({ url: server.url, token: 't', acknowledge: true, random });
  const peer = await live(server, 1);
  assert.is((await within('ack', peer.frame('ack'))).cursor, cursorAt(1));
  peer.send(event(2));
  assert.is((await within('ack', peer.frame('ack'))).cursor, cursorAt(2));
  peer.cut();
  const second = await within('a second connection', server.peer());
  await second.greet();
  // Taken before the server says that the subscription stands: one acknowledgement, when it does.
  second.send(event(3), synced(3, 'resumed'));
  assert.is((await within('ack', second.frame('ack'))).cursor, cursorAt(3));
});

test('a token provider that never answers is not waited for for ever', async () => {
  await using server = await ScriptedServer.open();
  let asked = 0;
  const token = () => (++asked === 1 ? new Promise<string>(() => {}) : 'second');
  await using client = connect({ url: server.url, token, random, openTimeoutMs: 200 });
  assert.match((await nextError(client, 'TokenProviderError')).message, /"token".*200 ms/);
  const peer = await within('a connection', server.peer());
  assert.is((await within('hello', peer.frame('hello'))).token, 'second');
});

test('closing waits for no token, and leaves no timer behind', async () => {
  const timers = new ManualTimers(new FakeClock());
  const asked = signal();
  const token = () => {
    asked.resolve();
    return new Promise<string>(() => undefined);
  };
  const client = connect({ url: 'http://127.0.0.1:9', token, setTimer: timers.setTimer });
  await within('the question', asked.promise);
  await within('the end', client.close());
  assert.is(timers.waiting, 0);
});

test('closing says goodbye, is final, and rejects what waits for "synced"', async () => {
  await using server = await ScriptedServer.open();
  const client = connect({ url: server.url, token: 't' });
  const peer = await within('a connection', server.peer());
  await peer.greet();
  await within('close', client.close());
  assert.is(await within('the close', peer.closed), 1000);
  await client.synced.then(
    () => assert.unreachable('never synced'),
    (error) => assert.is(error.name, 'ClosedError'),
  );
  client.retry();
  assert.is(client.state, 'closed');
});

test('an aborted signal closes it, also one aborted before', async () => {
  await using server = await ScriptedServer.open();
  const stop = new AbortController();
  const client = connect({ url: server.url, token: 't', signal: stop.signal });
  await live(server);
  await within('synced', client.synced);
  stop.abort();
  assert.is(client.state, 'closed');
  const late = connect({ url: server.url, token: 't', signal: stop.signal });
  await within(
    'the close',
    late.synced.catch(() => {}),
  );
  assert.is(late.state, 'closed');
  await client.close();
});

test('a listener may close the client in the middle of an event', async () => {
  await using server = await ScriptedServer.open();
  const client = connect({ url: server.url, token: 't' });
  const seen: number[] = [];
  client.on('event', ({ seq }) => {
    seen.push(seq);
    void client.close();
  });
  const peer = await live(server);
  peer.send(event(1), event(2));
  await within('the close', peer.closed);
  assert.equal(seen, [1]);
});

test.run();
