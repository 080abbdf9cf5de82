/** The client on a connection that works: what it sends, what it gives to the application, how it ends. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConnectionState } from '../../client-sdk/src/connection/connection-state.ts';
import { connect, HostStatusMap } from '../../client-sdk/src/index.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { signal, within } from '../support/within.ts';
import { cursorAt, event, health, snapshot, state, synced, welcome } from './support/frames.ts';
import { heldTime, live, nextError, nextState, nextTracker, random } from './support/live-client.ts';
import { ScriptedServer } from './support/scripted-server.ts';

const test = suite('client');

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

test('it goes through its states and emits each', async () => {
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

test('items taken are acknowledged if asked, and again after a reconnect', async () => {
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
