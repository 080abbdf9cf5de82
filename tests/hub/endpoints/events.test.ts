import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { Downstream } from '../../../client-sdk/protocol/downstream.ts';
import { SseSocket } from '../../../server/hub/endpoints/sse-socket.ts';
import type { SseReader } from '../../support/clients/sse-reader.ts';
import { anIdentity } from '../../support/identity.ts';
import { StreamWorld } from '../../support/stream-world.ts';
import { within } from '../../support/within.ts';

const test = suite<{ w: StreamWorld }>('server-sent events', {} as never);

test.before.each(async (context) => {
  context.w = await StreamWorld.open({ maxConnectionsPerProject: 2, maxBacklog: 65_536 });
  await context.w.service();
});
test.after.each(async ({ w }) => {
  await w.close();
});

/** How the server ended it. */
async function ending(reader: SseReader): Promise<{ code: number; reason: string }> {
  for (;;) {
    const { event, data } = await reader.next();
    if (event !== 'close') continue;
    await within('the end', reader.ended);
    return JSON.parse(data);
  }
}

test('the frames are those of a WebSocket, named by their type, and a cursor is the id', async ({ w }) => {
  const vm = await w.server();
  const reader = w.reader();
  const { statusCode, headers } = await within('an answer', reader.answered);
  assert.equal([statusCode, headers['content-type']], [200, 'text/event-stream']);
  const socket = await w.client();
  socket.subscribe({ id: 'stream' });
  for (const type of ['welcome', 'snapshot', 'synced'] as const) {
    const { event, id, data } = await reader.next();
    assert.is(event, type);
    Downstream.parse(JSON.parse(data));
    if (type === 'welcome') continue;
    const frame = await socket.expect(type);
    assert.equal(JSON.parse(data), frame);
    assert.is(id, 'cursor' in frame ? frame.cursor : undefined);
  }
  await w.change('c1', { forcedDown: true });
  const { event, id, data } = await reader.next();
  assert.is(event, 'event');
  const frame = await socket.expect('event');
  assert.equal(JSON.parse(data), frame);
  assert.is((frame.items[0] as { server_id: string }).server_id, vm.id);
  assert.is(id, frame.cursor);
});

test('a reader that lost its connection resumes behind its last event by itself', async ({ w }) => {
  await w.server();
  const first = w.reader();
  await first.until('synced');
  await w.change('c1', { live: false });
  await first.until('event');
  first.cut();
  assert.ok((first.retry ?? 0) >= 1_000 && (first.retry ?? 0) <= 2_000);
  for (const live of [true, false, true]) await w.change('c1', { live });
  // The URL still says where it once began: the header counts.
  const again = w.reader('?cursor=long-ago', { lastEventId: first.lastEventId });
  for (const seq of [3, 4, 5]) assert.is((await again.until('event')).seq, seq);
  assert.is((await again.until('synced')).how, 'resumed');
});

test('health has the place of a quiet stream, and comments keep the connection open', async ({ w }) => {
  await w.server();
  const reader = w.reader();
  const { cursor } = await reader.until('synced');
  w.timers.advance(26_000);
  const health = await reader.until('health');
  assert.is(health.subscriptions[0]?.cursor, cursor);
  assert.is(reader.lastEventId, cursor);
  await w.change('c1', { live: false });
  await reader.until('event');
  assert.ok(reader.comments > 0);
});

test('a cursor that cannot be resumed from is answered with the state and the reason', async ({ w }) => {
  await w.server();
  const reader = w.reader('?cursor=damaged');
  await reader.until('snapshot');
  const synced = await reader.until('synced');
  assert.equal([synced.how, synced.reason], ['reset', 'invalid']);
});

test('a refusal known before the answer begins is its status', async ({ w }) => {
  w.authenticator.tokens.set('unscoped', anIdentity({ projectId: null }));
  const status = (query: string, token: string) => w.reader(query, { token }).status();
  assert.is(await status('', 'never-issued'), 401);
  assert.is(await status('', 'unscoped'), 403);
  assert.is(await status('?stream=hosts', 'owner'), 403);
  assert.is(await status('?project_id=p2', 'owner'), 403);
  assert.is(await status('?project_id=nowhere', 'owner'), 403);
  assert.is(await status('?stream=everything', 'owner'), 400);
  assert.is(await status('?host_status=LOST', 'owner'), 400);
  const missing = await fetch(`${w.edge.url}/v1/events?token=owner`);
  assert.is(missing.status, 401);
  await missing.body?.cancel();
  const head = await fetch(`${w.edge.url}/v1/events`, {
    method: 'HEAD',
    headers: { 'X-Auth-Token': 'owner' },
  });
  assert.is(head.status, 405);
  await Promise.all([w.reader().until('synced'), w.reader().until('synced')]);
  const third = await within('an answer', w.reader().answered);
  assert.equal([third.statusCode, third.headers['retry-after']], [429, '5']);
});

test('the filters and the operators’ stream are there as for a WebSocket', async ({ w }) => {
  const mine = await w.server();
  await w.server();
  const one = w.reader(`?servers=${mine.id}&host_status=DOWN,UNKNOWN`);
  assert.is((await one.until('synced')).sparse, true);
  const hosts = w.reader('?stream=hosts', { token: 'admin' });
  await hosts.until('synced');
  await w.change('c1', { disabled: true });
  await w.change('c1', { disabled: false, forcedDown: true });
  const event = await one.until('event');
  assert.equal(
    event.items.map((item) => ('server_id' in item ? [item.server_id, item.to] : [])),
    [[mine.id, 'DOWN']],
  );
  assert.is((await hosts.until('event')).items.length, 1);
});

test('a reader that stops reading is bounded and cut, and resumes without loss', async ({ w }) => {
  for (let n = 0; n < 100; n++) await w.server({ name: 'x'.repeat(200) });
  const slow = w.reader();
  await slow.until('synced');
  const quick = await w.follower();
  slow.stopReading();
  let head = 100;
  while (w.hub.stats().subscriptions === 2) {
    await w.change('c1', { live: head % 2 === 1 });
    head++;
    assert.ok(head < 2_000, 'the slow one was never noticed');
    assert.is((await quick.expect('event')).seq, head);
  }
  slow.resumeReading();
  assert.is((await ending(slow)).code, CLOSE.slowConsumer.code);
  const seqs = slow.events.filter(({ event }) => event === 'event').map(({ data }) => JSON.parse(data).seq);
  seqs.forEach((seq, n) => {
    assert.is(seq, 101 + n);
  });
  const again = w.reader('', { lastEventId: slow.lastEventId });
  for (let seq = 101 + seqs.length; seq <= head; seq++) assert.is((await again.until('event')).seq, seq);
  assert.is((await again.until('synced')).how, 'resumed');
});

test('a reader that stops for good is ended, and its connection no longer counts', async ({ w }) => {
  for (let n = 0; n < 100; n++) await w.server({ name: 'x'.repeat(200) });
  const slow = w.reader();
  await slow.until('synced');
  slow.stopReading();
  for (let n = 0; w.hub.stats().subscriptions === 1; n++) {
    await w.change('c1', { live: n % 2 === 1 });
    assert.ok(n < 2_000, 'the slow one was never noticed');
  }
  assert.is(w.hub.stats().connections, 1);
  w.timers.advance(10_000);
  assert.is(w.hub.stats().connections, 0);
});

test('it ends with its token, with its rights, and when the reader leaves', async ({ w }) => {
  w.authenticator.tokens.set('brief', anIdentity({ expiresAt: w.clock.now() + 90_000 }));
  const brief = w.reader('', { token: 'brief' });
  await brief.until('synced');
  w.timers.advance(31_000);
  assert.is((await brief.until('auth_expiring')).in_ms, 60_000);
  w.timers.advance(60_000);
  assert.is((await ending(brief)).code, CLOSE.tokenExpired.code);

  const revoked = w.reader('', { token: 'other' });
  await revoked.until('synced');
  w.authenticator.revoke('other');
  assert.is((await ending(revoked)).code, CLOSE.tokenExpired.code);

  const denied = w.reader();
  await denied.until('synced');
  w.policy.set('none');
  assert.is((await denied.until('unsubscribed')).reason, 'revoked');
  assert.is((await ending(denied)).code, CLOSE.forbidden.code);
  w.policy.set('all');

  const leaves = w.reader();
  await leaves.until('synced');
  leaves.cut();
  await within(
    'its place to be free',
    (async () => {
      while (w.hub.stats().connections > 0) await new Promise((resolve) => setImmediate(resolve));
    })(),
  );
});

test('a draining server says when to come back, and closes', async ({ w }) => {
  const reader = w.reader();
  await reader.until('synced');
  const drained = w.hub.drain(2_000);
  const { reconnect_in_ms } = await reader.until('drain');
  const [least, most] = reconnect_in_ms;
  assert.is(reader.retry, Math.round((least + most) / 2), 'at random between the two, which is half here');
  for (let n = 0; n < 50; n++) {
    w.timers.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.is((await ending(reader)).code, CLOSE.drain.code);
  await drained;
  assert.is(await w.reader().status(), 503);
});

test('an error of ours is not named as a broken connection is', async ({ w }) => {
  const socket = new SseSocket({ setTimer: w.timers.setTimer, soon: setImmediate, random: () => 0.5 });
  socket.send('{"type":"error","code":"internal","message":"of a test"}');
  const { value } = await socket.body.getReader().read();
  const text = new TextDecoder().decode(value);
  assert.match(text, /\nevent: problem\ndata: \{"type":"error"/);
  socket.terminate();
});

test('the place comes from the header, then lastEventId, then cursor; not if empty', async ({ w }) => {
  await w.server();
  const first = w.reader();
  const { cursor: start } = await first.until('synced');
  await w.change('c1', { live: false });
  const { cursor: later } = await first.until('event');
  first.cut();
  await w.change('c1', { live: true });
  const seqs = async (query: string, lastEventId?: string) => {
    const reader = w.reader(query, { lastEventId });
    const { how } = await reader.until('synced');
    reader.cut();
    await within('the end', reader.ended);
    const events = reader.events.filter(({ event }) => event === 'event');
    return [how, ...events.map(({ data: text }) => JSON.parse(text).seq)];
  };
  const all = await seqs(`?cursor=${start}`);
  const rest = await seqs(`?cursor=${later}`);
  assert.equal([all.length, rest.length], [3, 2]);
  assert.equal(await seqs(`?cursor=${later}`, ''), rest);
  assert.equal(await seqs(`?cursor=${start}&lastEventId=${later}`), rest);
  assert.equal(await seqs(`?cursor=${later}&lastEventId=`), rest);
  assert.equal(await seqs(`?cursor=${start}&lastEventId=${start}`, later), rest);
});

test('nothing between us and the reader may keep, compress or gather events', async ({ w }) => {
  const { headers } = await within('an answer', w.reader().answered);
  assert.equal([headers['cache-control'], headers['x-accel-buffering']], ['no-store, no-transform', 'no']);
});

test('a method other than GET is 405 with Allow', async ({ w }) => {
  for (const [path, method] of [
    ['events', 'HEAD'],
    ['events', 'POST'],
    ['changes', 'DELETE'],
  ] as const) {
    const { status, headers } = await fetch(`${w.edge.url}/v1/${path}`, { method });
    assert.equal([status, headers.get('allow')], [405, 'GET'], `${method} ${path}`);
  }
});

test.run();
