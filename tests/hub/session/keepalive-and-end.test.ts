import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import type { Socket } from '../../../server/socket/socket.ts';
import { anIdentity } from '../../support/identity.ts';
import { StreamWorld } from '../../support/stream-world.ts';
import { until, within } from '../../support/within.ts';
import { closesWith, world } from './support.ts';

const test = suite<{ worlds: StreamWorld[] }>('how a session is kept and ends', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
});

test('a silent client is closed after the hello timeout, an authenticated one is not', async ({ worlds }) => {
  const w = await world(worlds);
  const silent = await w.peer().open();
  const greeted = await w.client();
  await until('both connections', () => w.hub.stats().connections === 2);
  w.timers.advance(4_999);
  assert.is(w.hub.stats().connections, 2);
  w.timers.advance(1);
  await closesWith(silent, CLOSE.helloTimeout);
  await greeted.said();
});

for (const [what, message, says] of [
  ['no JSON', '{', /JSON/],
  ['a JSON array', '[]', /type/],
  ['a frame without a type', '{}', /type/],
  ['a missing field', '{"type":"subscribe"}', /^id: /],
  ['a wrong value', '{"type":"subscribe","id":"a","host_status":["SICK"]}', /^host_status\.0: /],
  ['servers on hosts', '{"type":"subscribe","id":"a","stream":"hosts","servers":["x"]}', /^servers: /],
  ['a binary message', Buffer.from('{"type":"ping"}'), /binary/],
] as const) {
  test(`${what} is a bad frame: the error says what is wrong, then 4400`, async ({ worlds }) => {
    const client = await (await world(worlds)).client();
    client.ws.send(message);
    const error = await client.expect('error');
    assert.is(error.code, 'bad_frame');
    assert.match(error.message, says);
    await closesWith(client, CLOSE.badFrame);
  });
}

test('health comes every interval, with the observer, and with cursors once known', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.client();
  w.timers.advance(5_000);
  const { now, ...first } = await client.expect('health');
  assert.ok(Date.parse(now) <= w.clock.now());
  assert.equal(first, {
    type: 'health',
    observer: 'ok',
    observing_since: new Date(w.observer.since).toISOString(),
    subscriptions: [],
  });
  w.observer.state = 'degraded';
  w.observer.reason = 'many services of one zone fell silent at once';
  client.subscribe();
  const { cursor } = await client.until('synced');
  w.timers.advance(5_000);
  const health = await client.expect('health');
  assert.equal([health.observer, health.reason, health.code], ['degraded', 'maybe_deaf', undefined]);
  assert.equal(health.subscriptions, [{ id: 's', cursor }]);
  w.timers.advance(20_000);
  assert.is((await client.said()).length, 4);
});

test('a peer that answers no ping is closed with 4102; one that answers is not', async ({ worlds }) => {
  const w = await world(worlds, { pongTimeout: 10_000 });
  const silent = await w.client();
  const well = await w.client();
  silent.ws.pong = () => undefined;
  (silent.ws as unknown as { _autoPong: boolean })._autoPong = false;
  for (let n = 0; n < 50; n++) {
    w.timers.advance(500);
    await well.said();
  }
  for (let n = 0; n < 30; n++) w.timers.advance(500);
  await closesWith(silent, CLOSE.noPong);
  await well.said();
});

test('a client that reads nothing is cut, though it answers every ping', async ({ worlds }) => {
  const w = await world(worlds);
  let asked = false;
  let code: number | undefined;
  const stuck: Socket = {
    bufferedAmount: 100_000,
    drained: () => {
      asked = true;
    },
    close: (with_) => {
      code = with_;
    },
    send: () => undefined,
    sendShared: () => undefined,
    write: () => undefined,
    ping: () => session.pong(),
    terminate: () => undefined,
  };
  const session = w.hub.admit(stuck, undefined, { identity: anIdentity(), token: 'owner' });
  session.message('{"type":"subscribe","id":"s"}');
  await until('it to be waited for', () => asked);
  w.timers.advance(59_000);
  assert.is(code, undefined);
  w.timers.advance(1_000);
  assert.is(code, CLOSE.slowConsumer.code);
  session.closed(1006);
});

test('a socket that we close is counted by our code, whatever its peer answers', async ({ worlds }) => {
  const counted: number[] = [];
  const w = await StreamWorld.open({}, { events: { closed: (code) => counted.push(code) } });
  worlds.push(w);
  const nobody: Socket = {
    bufferedAmount: 0,
    drained: () => undefined,
    close: () => undefined,
    send: () => undefined,
    sendShared: () => undefined,
    write: () => undefined,
    ping: () => undefined,
    terminate: () => undefined,
  };
  const closed = w.hub.admit(nobody, undefined, { identity: anIdentity(), token: 'owner' });
  closed.message('{');
  closed.closed(1006);
  const left = w.hub.admit(nobody, undefined, { identity: anIdentity(), token: 'owner' });
  left.closed(1001);
  assert.equal(counted, [CLOSE.badFrame.code, 1001]);
});

test("our own pause counts as no client's missing pong", async ({ worlds }) => {
  const w = await world(worlds, { pongTimeout: 10_000 });
  const client = await w.client();
  for (let n = 0; n < 26; n++) w.timers.advance(500);
  // A ping is out; the process now stands still for a minute and reads nothing.
  w.clock.advance(60_000);
  w.timers.advance(1_000);
  await client.said();
  assert.is(w.hub.stats().connections, 1);
});

test('while the identity service is silent a client is asked to come again', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.isDown = true;
  const client = await w.peer().open();
  client.say({ type: 'hello', token: 'owner' });
  assert.is((await client.expect('error')).code, 'unavailable');
  assert.equal((await client.expect('drain')).reconnect_in_ms, [1_000, 30_000]);
  await closesWith(client, CLOSE.overloaded);
});

test('when the database cannot be read the client is asked to come again', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.client();
  await w.test.close();
  client.subscribe();
  assert.ok(['unavailable', 'internal'].includes((await client.expect('error')).code));
  const { code } = await within('the close', client.closed);
  assert.ok(code === CLOSE.overloaded.code || code === CLOSE.internal.code);
  w.test = { ...w.test, close: async () => undefined };
});

test('connections of one project are limited, whichever way they authenticate', async ({ worlds }) => {
  const w = await world(worlds, { maxConnectionsPerProject: 1 });
  const first = await w.client();
  const byHello = await w.peer().open();
  byHello.say({ type: 'hello', token: 'owner' });
  assert.is((await byHello.expect('error')).code, 'limit');
  await closesWith(byHello, CLOSE.limit);
  await w.client('other');
  first.ws.close();
  await first.closed;
  await until('the connection', () => w.hub.stats().connections === 1);
  await w.client();
});

test('a drain is announced, closes with 1012 in slices, and admits no client', async ({ worlds }) => {
  const w = await world(worlds);
  const clients = [await w.client(), await w.client(), await w.client('other')];
  const drained = w.hub.drain(100);
  for (const client of clients) {
    assert.equal(await client.expect('drain'), { type: 'drain', reconnect_in_ms: [0, 100] });
  }
  const refused = await within('the refusal', w.peer({ token: 'owner' }).refused);
  assert.equal([refused.status, refused.headers['retry-after']], [503, '5']);
  for (let n = 0; n < 4; n++) {
    w.timers.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await within('the drain', drained);
  for (const client of clients) await closesWith(client, CLOSE.drain);
});

test('writes requested before a drain are committed and sent before any client leaves', async ({
  worlds,
}) => {
  const w = await world(worlds);
  await w.service();
  await w.server();
  const client = await w.follower();
  const commits = Array.from({ length: 2_000 }, (_, n) => w.change('c1', { live: n % 2 === 1 }));
  const drained = w.hub.drain(2_000);
  await client.expect('drain');
  w.timers.advance(1_900);
  assert.is(w.hub.stats().connections, 1);
  await Promise.all(commits);
  await new Promise((resolve) => setImmediate(resolve));
  w.timers.advance(50);
  await within('the drain', drained);
  await closesWith(client, CLOSE.drain);
  const reported = client.messages.map((text) => JSON.parse(text)).filter(({ type }) => type === 'event');
  assert.is(
    reported.reduce((sum, { items }) => sum + items.length, 0),
    commits.length,
  );
});

test('closing the hub sends 1001 to the remaining clients and reads nothing more', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.client();
  await w.hub.close();
  await closesWith(client, CLOSE.goingAway);
  assert.is(w.authenticator.listeners, 0);
  assert.is(w.hub.stats().connections, 0);
});

test('a handshake that was under way when a drain began ends with it', async ({ worlds }) => {
  const w = await world(worlds);
  await w.hub.drain(0);
  const closed: number[] = [];
  const socket: Socket = {
    send: () => undefined,
    sendShared: () => undefined,
    write: () => undefined,
    bufferedAmount: 0,
    drained: (then) => then(),
    ping: () => undefined,
    close: (code) => void closed.push(code),
    terminate: () => undefined,
  };
  const session = w.hub.admit(socket, undefined, { identity: anIdentity(), token: 'owner' });
  session.closed(CLOSE.drain.code);
  assert.equal(closed, [CLOSE.drain.code]);
});

test.run();
