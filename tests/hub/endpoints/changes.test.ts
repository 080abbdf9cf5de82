import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../../client-sdk/protocol/items.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import { anIdentity } from '../../support/identity.ts';
import { type Poll, StreamWorld } from '../../support/stream-world.ts';
import { placeOf } from '../../support/unsealed-cursor.ts';
import { until, within } from '../../support/within.ts';

const test = suite<{ w: StreamWorld }>('long poll', {} as never);

test.before.each(async (context) => {
  context.w = await StreamWorld.open({ maxConnectionsPerProject: 2, maxReplay: 200 });
  await context.w.service();
});
test.after.each(async ({ w }) => {
  await w.close();
});

/** Wrapped in an object: awaiting a bare promise would wait for the poll's answer. */
interface Held {
  readonly answer: Promise<Poll>;
}

/** Begins a poll, and resolves once it waits. @throws if it is answered instead */
async function waiting(w: StreamWorld, query: string, token?: string): Promise<Held> {
  const before = w.hub.stats().subscriptions;
  const answer = w.poll(query, token);
  let answered: string | undefined;
  answer.then(
    ({ status, json }) => {
      answered = `${status} ${JSON.stringify(json)}`;
    },
    (error) => {
      answered = String(error);
    },
  );
  await until('the poll to wait', () => {
    if (answered !== undefined) throw new Error(`the poll did not wait: ${answered}`);
    return w.hub.stats().subscriptions !== before;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return { answer };
}
const answerOf = ({ answer }: Held) => within('the answer', answer);

const tos = ({ json }: Poll) => json.items.map(({ to }: Change) => to);

test('without a cursor it answers the present state, and every change follows it', async ({ w }) => {
  const vm = await w.server();
  const state = await w.poll();
  assert.equal([state.status, state.json.how, state.json.items.length], [200, 'snapshot', 1]);
  assert.equal([state.json.items[0].server_id, state.json.items[0].host_status], [vm.id, 'UP']);
  assert.is(state.json.health.observer, 'ok');
  await w.change('c1', { live: false });
  await w.change('c1', { forcedDown: true });
  const changes = await w.poll(`?after=${state.json.cursor}`);
  assert.equal([changes.json.how, tos(changes)], ['resumed', ['UNKNOWN', 'DOWN']]);
  const none = await w.poll(`?after=${changes.json.cursor}`);
  assert.equal([none.json.items, none.json.more], [[], false]);
  const [seen, still] = [changes, none].map(({ json }) => placeOf(json.cursor, w.store.signingKey).seq);
  assert.is(still, seen);
});

test('it waits for the next commit and is answered with it', async ({ w }) => {
  await w.server();
  const { cursor } = (await w.poll()).json;
  const held = await waiting(w, `?after=${cursor}&wait=30`);
  await w.change('c1', { live: false });
  assert.equal(tos(await answerOf(held)), ['UNKNOWN']);
  assert.is(w.hub.stats().connections, 0);
});

test('an empty wait ends with no items, and a filter’s cursor advances all the same', async ({ w }) => {
  const vm = await w.server();
  const filter = `host_status=MAINTENANCE&servers=${vm.id}`;
  const { cursor } = (await w.poll(`?${filter}`)).json;
  const held = await waiting(w, `?after=${cursor}&wait=30&${filter}`);
  await w.change('c1', { live: false });
  w.timers.advance(30_000);
  const empty = await answerOf(held);
  assert.equal(empty.json.items, []);
  const places = [cursor, empty.json.cursor].map((text) => placeOf(text, w.store.signingKey).seq);
  assert.is(places[1], (places[0] ?? 0) + 1);
  assert.equal((await w.poll(`?after=${empty.json.cursor}&${filter}`)).json.items, []);
  const other = await w.poll(`?after=${empty.json.cursor}`);
  assert.equal([other.status, other.json.error.reason], [410, 'filter']);
});

test('a cursor that cannot be resumed from is 410 with the reason', async ({ w }) => {
  await w.server();
  const mine = (await w.poll()).json.cursor;
  const theirs = (await w.poll('', 'other')).json.cursor;
  for (const [after, reason] of [
    [`${mine}x`, 'invalid'],
    [theirs, 'foreign'],
  ]) {
    const { status, json } = await w.poll(`?after=${after}`);
    assert.equal([status, json.error.code, json.error.reason], [410, 'reset', reason]);
  }
  for (const live of [false, true, false]) await w.change('c1', { live });
  await w.store.trim(w.clock.now() + 1, 0, 100);
  assert.is((await w.poll(`?after=${mine}`)).json.error.reason, 'expired');
});

test("items beyond one answer's limit come in several answers, without a gap", async ({ w }) => {
  await Promise.all(Array.from({ length: 300 }, () => w.server({ name: 'x'.repeat(200) })));
  let { cursor } = (await w.poll()).json;
  for (let n = 0; n < 20; n++) await w.change('c1', { live: n % 2 === 1 });
  let items = 0;
  let answers = 0;
  for (;;) {
    const { json } = await w.poll(`?after=${cursor}`);
    items += json.items.length;
    answers += 1;
    cursor = json.cursor;
    if (!json.more) break;
  }
  assert.is(items, 6_000);
  assert.ok(answers > 1);
});

test('a poll of a minute or more ends some seconds early, before proxies give up', async ({ w }) => {
  const { cursor } = (await w.poll()).json;
  for (const wait of [60, 86_400]) {
    const held = await waiting(w, `?after=${cursor}&wait=${wait}`);
    w.timers.advance(55_000);
    const { status, json } = await answerOf(held);
    assert.equal([status, json.items, json.more], [200, [], false]);
  }
});

test('a waiting poll ends with its token, with its rights, and with the server', async ({ w }) => {
  w.authenticator.tokens.set('brief', anIdentity({ expiresAt: w.clock.now() + 5_000 }));
  const { cursor } = (await w.poll()).json;
  const query = `?after=${cursor}&wait=60`;
  let held = await waiting(w, query, 'brief');
  w.timers.advance(5_000);
  assert.is((await answerOf(held)).status, 401);

  held = await waiting(w, query);
  w.policy.set('unknown-only');
  assert.equal(await answerOf(held).then(({ status, json }) => [status, json.error.reason]), [410, 'access']);
  w.policy.set('all');

  held = await waiting(w, query);
  w.policy.set('none');
  assert.is((await answerOf(held)).status, 403);
  w.policy.set('all');

  w.authenticator.tokens.set('second', anIdentity());
  held = await waiting(w, query, 'second');
  w.authenticator.revoke('second');
  assert.is((await answerOf(held)).status, 401);

  held = await waiting(w, query);
  const drained = w.hub.drain(0);
  const last = await answerOf(held);
  const [left, given] = [last.json.cursor, cursor].map((text) => placeOf(text, w.store.signingKey));
  assert.equal([last.status, left], [200, given]);
  let isOver = false;
  drained.then(() => {
    isOver = true;
  });
  while (!isOver) {
    w.timers.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.is((await w.poll()).status, 503);
});

test('it takes a place of its project, and gives it back when the client leaves', async ({ w }) => {
  const { cursor } = (await w.poll()).json;
  const abort = new AbortController();
  const url = `${w.edge.url}/v1/changes?after=${cursor}&wait=60`;
  const ask = () => fetch(url, { headers: { 'X-Auth-Token': 'owner' }, signal: abort.signal });
  const polls = [ask(), ask()];
  for (const poll of polls) poll.catch(() => undefined);
  const taken = (count: number) => until(`${count} places`, () => w.hub.stats().connections === count);
  await taken(2);
  assert.is((await w.poll()).status, 429);
  abort.abort();
  await taken(0);
  assert.is((await w.poll()).status, 200);
});

test('what is wrong with the question is 400 and named', async ({ w }) => {
  for (const [query, field] of [
    ['?wait=soon', 'wait'],
    ['?stream=x', 'stream'],
    ['?stream=hosts&servers=a', 'servers'],
  ]) {
    const { status, json } = await w.poll(query, 'admin');
    assert.is(status, 400);
    assert.ok(json.error.message.startsWith(field), json.error.message);
  }
});

test('a large snapshot keeps its place until its reader is gone', async ({ w }) => {
  await Promise.all(Array.from({ length: 1_201 }, () => w.server()));
  const { json, headers } = await w.poll();
  assert.equal([json.how, json.items.length, json.health.observer], ['snapshot', 1_201, 'ok']);
  assert.is(headers.get('content-length'), null);
  assert.is(new Set(json.items.map(({ server_id }: { server_id: string }) => server_id)).size, 1_201);
  assert.is((await w.poll('?host_status=DOWN')).json.items.length, 0);
  const leaving = new AbortController();
  const answer = await fetch(`${w.edge.url}/v1/changes`, {
    headers: { 'X-Auth-Token': 'owner' },
    signal: leaving.signal,
  });
  await answer.body?.getReader().read();
  leaving.abort();
  await until('its place to be free', () => w.hub.stats().connections === 0);
});

test('where no further snapshot can be kept it says when to come back', async ({ w }) => {
  w.store.projectSnapshot = async () => {
    throw new DomainError('unavailable', 'too many', { retryAfterMs: 5_000 });
  };
  const { status, headers, json } = await w.poll();
  assert.equal([status, headers.get('retry-after'), json.error.code], [503, '5', 'unavailable']);
  assert.is(w.hub.stats().connections, 0);
});

test.run();
