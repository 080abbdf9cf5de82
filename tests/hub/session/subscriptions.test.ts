import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { Cursors } from '../../../server/stream/cursor.ts';
import { SETTINGS, type StreamWorld } from '../../support/stream-world.ts';
import { signal, until } from '../../support/within.ts';
import { closesWith, world } from './support.ts';

const test = suite<{ worlds: StreamWorld[] }>('subscriptions of a session', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
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

test('a client has acknowledged no more than it was sent', async ({ worlds }) => {
  const w = await world(worlds);
  await w.service();
  await w.server();
  const other = await w.follower();
  await w.change('c1', { forcedDown: true });
  const { cursor } = await other.expect('event');
  other.ws.terminate();
  await until('it to be gone', () => w.hub.stats().connections === 0);
  const go = signal();
  const read = w.store.projectSnapshot.bind(w.store);
  w.store.projectSnapshot = async (projectId) => {
    await go.promise;
    return read(projectId);
  };
  const client = await w.client();
  client.subscribe().say({ type: 'ack', id: 's', cursor });
  await client.said();
  assert.equal(w.hub.connections()[0]?.subscriptions, [{ stream: 'project:p1', acked: 0, sent: 0 }]);
  go.resolve();
  await client.until('synced');
  assert.equal(w.hub.connections()[0]?.subscriptions, [{ stream: 'project:p1', acked: 2, sent: 2 }]);
});

test('subscriptions of one connection catch up one after the other', async ({ worlds }) => {
  const w = await world(worlds);
  const go = signal();
  const begun: string[] = [];
  const read = w.store.projectSnapshot.bind(w.store);
  w.store.projectSnapshot = async (projectId) => {
    begun.push(projectId);
    await go.promise;
    return read(projectId);
  };
  const client = await w.client('admin');
  for (const project_id of ['p1', 'p2']) client.subscribe({ id: project_id, project_id });
  await until('the first to begin', () => begun.length > 0);
  for (let n = 0; n < 5; n += 1) await client.said();
  assert.equal(begun, ['p1']);
  go.resolve();
  for (const id of ['p1', 'p2']) assert.is((await client.until('synced')).id, id);
  assert.equal(begun, ['p1', 'p2']);
});

test('health has the place of each subscription', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.client();
  for (const id of ['a', 'b']) client.subscribe({ id });
  for (let n = 0; n < 2; n += 1) await client.until('synced');
  w.timers.advance(SETTINGS.healthInterval);
  const { subscriptions = [] } = await client.until('health');
  assert.equal(
    subscriptions.map(({ id }) => id),
    ['a', 'b'],
  );
  assert.ok(subscriptions.every(({ cursor }) => cursor.length > 0));
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

test.run();
