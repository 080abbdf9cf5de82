import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE, type CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { HubSettings } from '../../../server/hub/connection/context.ts';
import type { Socket } from '../../../server/socket/socket.ts';
import { Cursors } from '../../../server/stream/cursor.ts';
import { anIdentity } from '../../support/identity.ts';
import { type StreamClient, StreamWorld } from '../../support/stream-world.ts';
import { signal, until, within } from '../../support/within.ts';

const test = suite<{ worlds: StreamWorld[] }>('session', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
});

async function world(worlds: StreamWorld[], settings?: Partial<HubSettings>): Promise<StreamWorld> {
  const it = await StreamWorld.open(settings);
  worlds.push(it);
  return it;
}

async function closesWith(client: StreamClient, close: CloseCode): Promise<void> {
  assert.equal(await within(`close ${close.code}`, client.closed), {
    code: close.code,
    reason: close.reason,
  });
}

test('"welcome" comes as soon as a header has authenticated, also without a "hello"', async ({ worlds }) => {
  const w = await world(worlds);
  const expiresAt = w.clock.now() + 3_600_000;
  w.authenticator.tokens.set('owner', anIdentity({ expiresAt }));
  const client = await w.peer({ token: 'owner' }).open();
  const welcome = await client.expect('welcome');
  assert.ok(welcome.session.length > 0);
  assert.equal(
    { ...welcome, session: '', server: welcome.server.name },
    {
      type: 'welcome',
      session: '',
      server: 'hostbeat',
      project_id: 'p1',
      roles: ['member'],
      expires_at: new Date(expiresAt).toISOString(),
      health_interval_ms: 5_000,
      observer: 'ok',
      limits: {
        frame_bytes: 65_536,
        subscriptions: 16,
        backlog_bytes: 1_048_576,
        connections: 100,
        replay_items: 10_000,
        servers: 1_000,
        id_chars: 64,
        cursor_chars: 1_024,
        token_chars: 8_192,
        waiting_frames: 64,
      },
      features: [],
    },
  );
});

test('a hello with a token authenticates, and frames behind it are answered in order', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.peer().open();
  client
    .say({ type: 'hello', token: 'owner', client: 'test/1' })
    .subscribe()
    .say({ type: 'unsubscribe', id: 'x' });
  assert.is((await client.expect('welcome')).project_id, 'p1');
  const rest = [await client.frame(), await client.frame(), await client.frame()].map(({ type }) => type);
  assert.equal(rest.sort(), ['error', 'snapshot', 'synced']);
});

test('a "hello" after a header is taken once; a second one is a bad frame', async ({ worlds }) => {
  const client = await (await world(worlds)).client();
  client.say({ type: 'hello', client: { name: 'c', version: '1' } });
  assert.equal(await client.said(), []);
  client.say({ type: 'hello' });
  assert.is((await client.expect('error')).code, 'bad_frame');
  await closesWith(client, CLOSE.badFrame);
});

test('a token that is not known is answered with an error and 4401', async ({ worlds }) => {
  const client = await (await world(worlds)).peer().open();
  client.say({ type: 'hello', token: 'never-issued' });
  const error = await client.expect('error');
  assert.is(error.code, 'unauthenticated');
  assert.not(error.message.includes('never-issued'));
  await closesWith(client, CLOSE.badToken);
});

for (const frame of [
  { type: 'hello' },
  { type: 'subscribe', id: 's' },
  { type: 'unsubscribe', id: 's' },
  { type: 'ack', id: 's', cursor: 'c' },
  { type: 'auth', token: 't' },
] as const) {
  test(`"${frame.type}" without a token before authentication closes with 4401`, async ({ worlds }) => {
    const client = await (await world(worlds)).peer().open();
    client.say(frame);
    assert.is((await client.expect('error')).code, 'unauthenticated');
    await closesWith(client, CLOSE.badToken);
  });
}

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

test('a frame above the limit closes with 1009', async ({ worlds }) => {
  const client = await (await world(worlds, { maxFrame: 2_000 })).client();
  client.ws.send(JSON.stringify({ type: 'ping', nonce: 'x'.repeat(2_000) }));
  assert.is((await within('the close', client.closed)).code, 1009);
});

test('keys of a newer client are ignored', async ({ worlds }) => {
  const client = await (await world(worlds)).client();
  client.ws.send('{"type":"ping","nonce":"n","mood":"good"}');
  assert.equal(await client.frame(), { type: 'pong', nonce: 'n' });
});

test('a subscription id that is in use closes with 4409', async ({ worlds }) => {
  const client = await (await world(worlds)).client();
  client.subscribe().subscribe();
  const error = await client.until('error');
  assert.equal([error.code, error.id], ['duplicate_id', 's']);
  await closesWith(client, CLOSE.duplicateSubscription);
});

test('one subscription too many is refused and the connection stays', async ({ worlds }) => {
  const client = await (await world(worlds, { maxSubscriptions: 2 })).client();
  for (const id of ['a', 'b', 'c']) client.subscribe({ id });
  const error = await client.until('error');
  assert.equal([error.code, error.id], ['limit', 'c']);
  await client.until('synced');
});

test('asking and leaving, again and again, queues no more than may be open', async ({ worlds }) => {
  const w = await world(worlds, { maxSubscriptions: 2 });
  const read = w.store.bounds.bind(w.store);
  w.store.bounds = async (stream) => {
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    return read(stream);
  };
  const client = await w.client();
  for (let n = 0; n < 50; n++) client.subscribe({ id: `${n}` }).say({ type: 'unsubscribe', id: `${n}` });
  const frames = await client.said();
  assert.ok(frames.some((frame) => frame.type === 'error' && frame.code === 'limit'));
  await until('no stream', () => w.hub.stats().streams === 0);
});

test('asking again as soon as it was answered is answered at a pace', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.client();
  for (let n = 0; n < 32; n++) {
    client.subscribe();
    await client.until('synced');
    client.say({ type: 'unsubscribe', id: 's' });
  }
  client.subscribe();
  const first = await client.said();
  assert.not.ok(first.some(({ type }) => type === 'synced'));
  w.timers.advance(250);
  await client.until('synced');
  w.timers.advance(60_000);
  for (let n = 0; n < 15; n++) client.subscribe({ id: `${n}` });
  for (let n = 0; n < 15; n++) await client.until('synced');
});

test('"unsubscribe" ends a subscription: nothing follows, and its id is free', async ({ worlds }) => {
  const w = await world(worlds);
  await w.service();
  await w.server();
  const client = await w.follower();
  client.say({ type: 'unsubscribe', id: 's' });
  assert.equal(await client.frame(), { type: 'unsubscribed', id: 's', reason: 'requested' });
  await w.change('c1', { live: false });
  assert.equal(await client.said(), []);
  assert.is(w.hub.stats().streams, 0);
  client.subscribe();
  await client.until('synced');
});

test('"unsubscribe" and "ack" of an unknown id are errors and the connection stays', async ({ worlds }) => {
  const client = await (await world(worlds)).client();
  client.say({ type: 'unsubscribe', id: 'x' }).say({ type: 'ack', id: 'y', cursor: 'c' });
  for (const id of ['x', 'y']) {
    const error = await client.expect('error');
    assert.equal([error.code, error.id], ['unknown_id', id]);
  }
  assert.equal(await client.said(), []);
});

test('operators see an acknowledgement; one of an unsent cursor ends no stream', async ({ worlds }) => {
  const w = await world(worlds);
  await w.service();
  await w.server();
  const client = await w.follower();
  await w.change('c1', { forcedDown: true });
  const { cursor } = await client.expect('event');
  assert.equal(w.hub.connections()[0]?.subscriptions, [{ stream: 'project:p1', acked: 0, sent: 2 }]);
  client.say({ type: 'ack', id: 's', cursor });
  await client.said();
  assert.equal(w.hub.connections()[0]?.subscriptions, [{ stream: 'project:p1', acked: 2, sent: 2 }]);
  client.say({ type: 'ack', id: 's', cursor: 'made-up' });
  assert.equal([(await client.expect('error')).code, await client.said()], ['bad_cursor', []]);
});

test('an acknowledgement of an older place takes nothing back', async ({ worlds }) => {
  const w = await world(worlds);
  await w.service();
  await w.server();
  const client = await w.follower();
  await w.change('c1', { forcedDown: true });
  const { cursor: older } = await client.expect('event');
  await w.change('c1', { forcedDown: false });
  const { cursor: newer } = await client.expect('event');
  client.say({ type: 'ack', id: 's', cursor: newer }).say({ type: 'ack', id: 's', cursor: older });
  assert.equal(await client.said(), []);
  assert.is(w.hub.connections()[0]?.subscriptions[0]?.acked, 3);
});

test('a client that leaves leaves no stream behind', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.follower();
  assert.is(w.hub.stats().streams, 1);
  client.ws.close();
  await until('the end of the connection', () => w.hub.stats().connections === 0);
  assert.is(w.hub.stats().streams, 0);
});

test('a frame of unknown type is named and skipped, before and after welcome', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.peer().open();
  for (const greet of [true, false]) {
    client.ws.send('{"type":"shout","loud":true}');
    const error = await client.expect('error');
    assert.is(error.code, 'unknown_type');
    assert.match(error.message, /"shout"/);
    if (greet) client.say({ type: 'hello', token: 'owner' });
    if (greet) await client.expect('welcome');
  }
  client.subscribe();
  await client.until('synced');
});

test('an ack of what came before the client’s rights changed is accepted', async ({ worlds }) => {
  const w = await world(worlds);
  await w.service();
  await w.server();
  const client = await w.follower();
  await w.change('c1', { forcedDown: true });
  const { cursor } = await client.expect('event');
  const read = w.store.projectSnapshot.bind(w.store);
  const go = signal();
  w.store.projectSnapshot = async (projectId) => {
    await go.promise;
    return read(projectId);
  };
  w.policy.set('unknown-only');
  client.say({ type: 'ack', id: 's', cursor });
  assert.equal(await client.said(), []);
  go.resolve();
  assert.is((await client.until('synced')).how, 'reset');
});

test('a state from before a start is marked in a snapshot, if all of it may be seen', async ({ worlds }) => {
  const w = await world(worlds);
  await w.service();
  await w.server();
  w.observer.inGrace.add('c1');
  const client = await w.peer({ token: 'owner' }).open();
  client.subscribe({});
  assert.is((await client.until('snapshot')).items[0]?.confidence, 'grace');
  w.policy.set('unknown-only');
  assert.not.ok('confidence' in (await client.until('snapshot')).items[0]!);
  w.policy.set('all');
  w.observer.inGrace.clear();
  assert.not.ok('confidence' in (await client.until('snapshot')).items[0]!);
});

test('an ack of what came before a backup was put back is accepted', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.follower();
  const before = new Cursors({ epoch: 'before', signingKey: w.store.signingKey });
  client.say({ type: 'ack', id: 's', cursor: before.seal('project:p1', { seq: 7, entry: 1 }) });
  assert.equal(await client.said(), []);
  assert.equal(w.hub.connections()[0]?.subscriptions[0]?.acked, 0);
});

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

test('a pause of our own is nobody’s missing pong', async ({ worlds }) => {
  const w = await world(worlds, { pongTimeout: 10_000 });
  const client = await w.client();
  for (let n = 0; n < 26; n++) w.timers.advance(500);
  // A ping is out; the process now stands still for a minute and reads nothing.
  w.clock.advance(60_000);
  w.timers.advance(1_000);
  await client.said();
  assert.is(w.hub.stats().connections, 1);
});

test('a client is warned before its token ends, and a new token continues the stream', async ({ worlds }) => {
  const w = await world(worlds);
  const now = w.clock.now();
  w.authenticator.tokens.set('short', anIdentity({ expiresAt: now + 100_000 }));
  w.authenticator.tokens.set('longer', anIdentity({ expiresAt: now + 200_000 }));
  const client = await w.client('short');
  w.timers.advance(40_000);
  assert.equal(await client.until('auth_expiring'), { type: 'auth_expiring', in_ms: 60_000 });
  client.say({ type: 'auth', token: 'longer' });
  assert.equal(await client.until('auth_ok'), {
    type: 'auth_ok',
    expires_at: new Date(now + 200_000).toISOString(),
  });
  w.timers.advance(90_000);
  for (let n = 0; n < 10; n++) await client.said();
  w.timers.advance(70_000);
  await closesWith(client, CLOSE.tokenExpired);
});

test('short tokens are asked for at a pace, and a repeated one is not warned of', async ({ worlds }) => {
  const w = await world(worlds);
  const began = w.clock.now();
  const short = (name: string, lifetime: number) =>
    w.authenticator.tokens.set(name, anIdentity({ expiresAt: w.clock.now() + lifetime }));
  short('65 s', 65_000);
  const client = await w.client('65 s');
  const said = async () => (await client.said()).filter(({ type }) => type !== 'health');
  const renewed = async (name: string, after: number, in_ms: number) => {
    w.timers.advance(after - 1);
    assert.equal(await said(), []);
    w.timers.advance(1);
    assert.equal(await said(), [{ type: 'auth_expiring', in_ms }]);
    if (!w.authenticator.tokens.has(name)) short(name, Number.parseInt(name, 10) * 1_000);
    client.say({ type: 'auth', token: name });
    assert.equal(
      (await said()).map(({ type }) => type),
      ['auth_ok'],
    );
  };
  await renewed('30 s', 10_000, 55_000);
  await renewed('4 s', 10_000, 20_000);
  await renewed('4 s', 2_000, 2_000);
  w.timers.advance(2_000);
  await closesWith(client, CLOSE.tokenExpired);
  assert.is(w.clock.now() - began, 24_000);
});

test('a token that lives for years needs no timer that overflows', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('old', anIdentity({ expiresAt: w.clock.now() + 10 * 365 * 86_400_000 }));
  const client = await w.client('old');
  w.timers.advance(1_000);
  assert.equal(await client.said(), []);
});

test('a new token of another user or project closes with 4403', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.client();
  client.say({ type: 'auth', token: 'other' });
  assert.is((await client.expect('error')).code, 'forbidden');
  await closesWith(client, CLOSE.forbidden);
});

for (const [what, identity] of [
  ['the same user for another project', anIdentity({ projectId: 'p2' })],
  ['another user of the same project', anIdentity({ userId: 'u2' })],
  ['an agent', anIdentity({ kind: 'agent', hosts: ['c1'] })],
] as const) {
  test(`a new token of ${what} is refused, and the stream ends with it`, async ({ worlds }) => {
    const w = await world(worlds);
    w.authenticator.tokens.set('new', identity);
    const client = await w.client();
    client.say({ type: 'auth', token: 'new' });
    assert.is((await client.expect('error')).code, 'forbidden');
    await closesWith(client, CLOSE.forbidden);
  });
}

test('an unknown new token ends no stream: the old one counts until it ends', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('owner', anIdentity({ expiresAt: w.clock.now() + 120_000 }));
  const client = await w.client();
  client.say({ type: 'auth', token: 'never-issued' });
  assert.is((await client.expect('error')).code, 'auth_failed');
  assert.equal(await client.said(), []);
  w.timers.advance(121_000);
  await closesWith(client, CLOSE.tokenExpired);
});

test('operators who follow "hosts" are sent the words, owners a code, by every way', async ({ worlds }) => {
  const w = await world(worlds);
  w.observer.state = 'degraded';
  w.observer.reason = '37 services of zone az-1 fell silent at once';
  const operator = await w.follower('admin', { stream: 'hosts' });
  const owner = await w.follower();
  w.timers.advance(6_000);
  const [words, code] = [await operator.until('health'), await owner.until('health')];
  assert.equal([words.reason, words.code], [w.observer.reason, 'maybe_deaf']);
  assert.equal([code.reason, code.code], ['maybe_deaf', undefined]);
  assert.is((await w.poll('?stream=hosts', 'admin')).json.health.reason, w.observer.reason);
  assert.is((await w.poll()).json.health.reason, 'maybe_deaf');
});

test('a revoked token closes with 4103, to fetch another; others of the same user stay', async ({
  worlds,
}) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('second', anIdentity());
  const gone = await w.client('owner');
  const stays = await w.client('second');
  const stranger = await w.client('other');
  w.authenticator.asked.length = 0;
  w.authenticator.revoke('owner');
  await closesWith(gone, CLOSE.tokenExpired);
  await stays.said();
  await stranger.said();
  assert.equal(
    w.authenticator.asked.map(({ token }) => token),
    ['owner', 'second'],
  );
});

test('a connection by ticket ends when its user’s tokens are revoked', async ({ worlds }) => {
  const w = await world(worlds);
  w.tickets.set('t1', anIdentity());
  const client = await w.peer({ protocols: ['hostbeat.v1', 'ticket.t1'] }).open();
  await client.expect('welcome');
  w.authenticator.tellRevoked({ userId: 'u2' });
  await client.said();
  w.authenticator.tellRevoked({ userId: 'u1' });
  await closesWith(client, CLOSE.tokenExpired);
});

test('roles that were taken away end what they had opened', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('both', anIdentity({ userId: 'b', projectId: 'p1', roles: ['admin'] }));
  const client = await w.client('both');
  client.subscribe({ id: 'own' }).subscribe({ id: 'hosts', stream: 'hosts' });
  await client.until('synced');
  await client.until('synced');
  w.authenticator.tokens.set('both', anIdentity({ userId: 'b', projectId: 'p1', roles: ['member'] }));
  w.authenticator.tellRevoked({ userId: 'b' });
  assert.equal(await client.expect('unsubscribed'), {
    type: 'unsubscribed',
    id: 'hosts',
    reason: 'revoked',
  });
  assert.is(w.hub.stats().subscriptions, 1);
});

test('a policy that hides ends subscriptions; one that narrows restarts them', async ({ worlds }) => {
  const w = await world(worlds);
  await w.service({ forcedDown: true });
  await w.server();
  const client = await w.follower();
  w.policy.set('unknown-only');
  const snapshot = await client.expect('snapshot');
  assert.is(snapshot.items[0]?.host_status, undefined);
  const synced = await client.expect('synced');
  assert.equal([synced.how, synced.sparse], ['reset', true]);
  await w.change('c1', { forcedDown: false });
  assert.equal(await client.said(), []);
  w.policy.set('none');
  assert.equal(await client.expect('unsubscribed'), { type: 'unsubscribed', id: 's', reason: 'revoked' });
  client.subscribe();
  assert.is((await client.expect('unsubscribed')).reason, 'forbidden');
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

test('a drain is announced, closes with 1012 in slices, and lets nobody in', async ({ worlds }) => {
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

test('closing the hub says 1001 to who is left and listens to nothing any more', async ({ worlds }) => {
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
