import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../../client-sdk/protocol/items.ts';
import { createHistory } from '../../../server/hub/endpoints/history.ts';
import { HistoryIndex } from '../../../server/stream/history-index.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { startDrill } from '../../support/drills.ts';
import { anAdmin, anIdentity, FakePolicy } from '../../support/identity.ts';
import { StreamWorld } from '../../support/stream-world.ts';

const test = suite<{ w: StreamWorld; index: HistoryIndex }>('history', {} as never);

test.before.each(async (context) => {
  const w = await StreamWorld.open();
  const { store, timers } = w;
  context.w = w;
  context.index = new HistoryIndex({ store, logger: noLogger, setTimer: timers.setTimer });
  context.index.start();
  await w.service();
});
test.after.each(async ({ w, index }) => {
  await index.close();
  await w.close();
});

async function ask(w: StreamWorld, index: HistoryIndex, query: string, token = 'owner') {
  const { store, authenticator, policy } = w;
  const history = createHistory({ store, authenticator, policy, catchUp: () => index.catchUp() });
  const headers = { 'X-Auth-Token': token };
  const answer = await history(new Request(`http://h/v1/history?${query}`, { headers }), undefined);
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  return { status: answer.status, json: (await answer.json()) as any };
}

const tos = (items: readonly Change[]) => items.map(({ to }) => to);

test('it is what was recorded of one server, newest first, in pages', async ({ w, index }) => {
  const mine = await w.server();
  await w.server();
  await w.service({ host: 'c2' });
  await w.server({ host: 'c2' });
  for (const live of [false, true, false]) await w.change('c1', { live });
  await w.change('c2', { live: false });
  await w.change('c1', { forcedDown: true });
  const all = await ask(w, index, `server=${mine.id}`);
  assert.equal(tos(all.json.items), ['DOWN', 'UNKNOWN', 'UP', 'UNKNOWN', 'UP']);
  assert.is(all.json.next, null);
  assert.ok(all.json.items.every((item: Change) => item.server_id === mine.id));
  const paged: Change[] = [];
  for (let before: string | null = ''; before !== null; ) {
    const from: string = before === '' ? '' : `&before=${before}`;
    const { json } = await ask(w, index, `server=${mine.id}&limit=2${from}`);
    assert.ok(json.items.length <= 2);
    paged.push(...json.items);
    before = json.next;
  }
  assert.equal(paged, all.json.items);
});

test('a drill is not part of the history', async ({ w, index }) => {
  const { id } = await w.server();
  await startDrill(w, [id]);
  await w.change('c1', { live: false });
  const { items } = (await ask(w, index, `server=${id}`)).json;
  assert.equal(
    items.map(({ kind, to, drill }: Change) => [kind, to, drill]),
    [
      ['transition', 'UNKNOWN', undefined],
      ['server_added', 'UP', undefined],
    ],
  );
});

test('another’s server is as little there as one that never was', async ({ w, index }) => {
  const theirs = await w.server({ projectId: 'p2' });
  const foreign = await ask(w, index, `server=${theirs.id}`);
  const never = await ask(w, index, 'server=never');
  assert.is(foreign.status, 404);
  assert.is(JSON.stringify(foreign.json).replace(theirs.id, 'never'), JSON.stringify(never.json));
  w.authenticator.tokens.set('root', anAdmin());
  assert.is((await ask(w, index, `server=${theirs.id}`, 'root')).json.items.length, 1);
});

test('it shows what the policy shows', async ({ w, index }) => {
  const { id } = await w.server();
  await w.change('c1', { forcedDown: true });
  await w.change('c1', { forcedDown: false });
  await w.change('c1', { live: false });
  w.policy.set('unknown-only');
  const { json } = await ask(w, index, `server=${id}`);
  assert.equal(
    json.items.map(({ from, to }: Change) => [from, to]),
    [
      [undefined, 'UNKNOWN'],
      [null, undefined],
    ],
  );
  assert.not(JSON.stringify(json).includes('DOWN'));
  w.policy.set('none');
  assert.is((await ask(w, index, `server=${id}`)).status, 403);
});

test('it is kept up beside the log, and forgets what the log forgets', async ({ w, index }) => {
  const { id } = await w.server();
  for (let n = 0; n < 10; n++) await w.change('c1', { live: n % 2 === 1 });
  const before = (await ask(w, index, `server=${id}`)).json.items.length;
  await w.store.trim(w.clock.now() + 1, 0, 4);
  assert.ok((await ask(w, index, `server=${id}`)).json.items.length < before);
  // Ids of an empty log begin again: nothing of before may come up under them.
  await w.store.trim(w.clock.now() + 1, 0, 100);
  await w.change('c1', { forcedDown: true });
  const { json } = await ask(w, index, `server=${id}`);
  assert.equal(tos(json.items), ['DOWN']);
});

test('without being asked it follows half a second behind', async ({ w }) => {
  const { id } = await w.server();
  w.timers.advance(500);
  while ((await w.store.history('project:p1', id, 1e9, 10)).length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('what is wrong with the question is 400 and named', async ({ w, index }) => {
  for (const [query, field] of [
    ['', 'server'],
    ['server=a&limit=0', 'limit'],
    ['server=a&before=x', 'before'],
  ] as const) {
    const { status, json } = await ask(w, index, query);
    assert.is(status, 400);
    assert.ok(json.error.message.startsWith(field));
  }
  assert.is((await ask(w, index, 'server=a', 'never-issued')).status, 401);
});

test('one page looks at a limited number of rows, however many drills there were', async () => {
  const policy = new FakePolicy();
  const items = JSON.stringify([{ kind: 'drill', server_id: 's', from: 'UP', to: 'DOWN' }]);
  let looked = 0;
  const store = {
    instance: async () => ({ projectId: 'p1' }),
    history: async (_: string, __: string, before: number, limit: number) => {
      looked += limit;
      return Array.from({ length: limit }, (_, n) => ({ seq: before - n - 1, entry: 0, items }));
    },
  };
  const history = createHistory({
    store: store as never,
    authenticator: { authenticate: async () => anIdentity() } as never,
    policy,
    catchUp: async () => undefined,
  });
  const request = new Request('http://h/v1/history?server=s&limit=1000', {
    headers: { 'X-Auth-Token': 'owner' },
  });
  const answer = (await (await history(request, undefined)).json()) as { items: unknown[]; next: string };
  assert.equal(answer.items, []);
  assert.is(looked, 2_000);
  assert.match(answer.next, /^\d+$/);
});

test.run();
