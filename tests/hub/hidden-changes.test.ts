/**
 * Under the policy `unknown-only` nothing says how many changes are hidden. Two worlds in which the same is shown, and in
 * one of them much besides, are seen apart by nothing that an owner is sent, on any way in.
 */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { explainServer } from '../../server/explain/server.ts';
import { createExplain } from '../../server/hub/endpoints/explain.ts';
import { createHistory } from '../../server/hub/endpoints/history.ts';
import { endDrill, startDrill } from '../support/drills.ts';
import { anIdentity } from '../support/identity.ts';
import { StreamWorld } from '../support/stream-world.ts';
import { until } from '../support/within.ts';
import { Endpoint } from '../webhooks/endpoint.ts';
import { open } from '../webhooks/world.ts';

const test = suite<{ worlds: StreamWorld[] }>('hidden changes cannot be counted', { worlds: [] });
const SERVER = '5f1c0000-0000-4000-8000-000000000001';
/** More than are replayed. */
const HIDDEN = 12;
const OWNER = anIdentity();

test.after.each(async ({ worlds }) => {
  for (const w of worlds.splice(0)) await w.close();
});

/** @param hide makes what is hidden, where there is something */
type Script<T> = (w: StreamWorld, hide: () => Promise<void>) => Promise<T>;

/** What one is sent in a world with hidden changes, and in one without. */
async function both<T>(worlds: StreamWorld[], script: Script<T>): Promise<T> {
  const seen: unknown[] = [];
  for (const isHiding of [true, false]) {
    const w = await StreamWorld.open({ maxReplay: 5 });
    worlds.push(w);
    w.policy.set('unknown-only');
    await w.service();
    await w.server({ id: SERVER, name: 'db-1' });
    const hide = async () => {
      for (let n = 0; n < HIDDEN / 2; n++) {
        await w.change('c1', { disabled: true });
        await w.change('c1', { disabled: false });
      }
      const drill = await startDrill(w.test, [SERVER], { id: randomUUID() });
      await endDrill(w.test, drill);
    };
    seen.push(withoutSecrets(await script(w, isHiding ? hide : async () => undefined)));
  }
  assert.equal(seen[0], seen[1]);
  return seen[0] as T;
}

/** Cursors and the names of logs are random in both; everything else must be the same. */
function withoutSecrets(seen: unknown): unknown {
  const text = JSON.stringify(seen) ?? 'null';
  return JSON.parse(text.replaceAll(/"(cursor|epoch|id|session)":"[^"]*"/g, '"$1":"…"'));
}

/** For where time is let pass until something is so. */
const withoutTime = ({ at: _, ...item }: { readonly at: string }) => item;

async function silence(w: StreamWorld): Promise<void> {
  await w.change('c1', { live: false });
  await w.change('c1', { live: true });
}

test('on a WebSocket, by frames and health, live and coming back', async ({ worlds }) => {
  const seen = await both(worlds, async (w, hide) => {
    await hide();
    const one = await w.client();
    one.subscribe();
    const first = [await one.expect('snapshot'), await one.expect('synced')] as const;
    const { cursor } = first[1];
    await hide();
    await silence(w);
    await hide();
    w.timers.advance(5_000);
    const live = await one.said();
    const back = await w.client();
    back.subscribe({ cursor });
    const again = [
      await back.expect('event'),
      await back.expect('event'),
      await back.expect('synced'),
    ] as const;
    return { first, live, again };
  });
  assert.equal(
    seen.live.flatMap((frame) => (frame.type === 'event' ? [frame.seq] : [])),
    [2, 3],
  );
  const [, , synced] = seen.again;
  assert.equal([synced.how, synced.seq, synced.sparse], ['resumed', 3, undefined]);
});

test('with a filter numbers are skipped by what is shown alone', async ({ worlds }) => {
  const seen = await both(worlds, async (w, hide) => {
    await w.service({ host: 'c2' });
    const other = await w.server({ host: 'c2', name: 'other' });
    const one = await w.client();
    one.subscribe({ servers: [SERVER] });
    const synced = await one.until('synced');
    await hide();
    await w.change('c2', { live: false });
    await hide();
    await silence(w);
    return { synced, frames: await one.said(), other: other.name };
  });
  assert.equal([seen.synced.seq, seen.synced.sparse], [2, true]);
  assert.equal(
    seen.frames.flatMap((frame) => ('seq' in frame ? [frame.seq] : [])),
    [4, 5],
  );
});

test('on event streams', async ({ worlds }) => {
  await both(worlds, async (w, hide) => {
    await hide();
    const reader = w.reader();
    const first = await reader.until('synced');
    await hide();
    await silence(w);
    const live = [await reader.until('event'), await reader.until('event')];
    await hide();
    w.timers.advance(5_000);
    await reader.until('health');
    const back = w.reader('', { lastEventId: first.cursor });
    return {
      first,
      live,
      back: [await back.until('event'), await back.until('event')],
      synced: await back.until('synced'),
    };
  });
});

test('in polls, and a hidden change ends no wait', async ({ worlds }) => {
  const seen = await both(worlds, async (w, hide) => {
    await hide();
    const first = await w.poll();
    await hide();
    const none = await w.poll(`?after=${first.json.cursor}`);
    const before = w.hub.stats().subscriptions;
    const waiting = w.poll(`?after=${none.json.cursor}&wait=30`);
    await until('the poll to wait', () => w.hub.stats().subscriptions > before);
    await hide();
    await silence(w);
    const woken = await waiting;
    await hide();
    const rest = await w.poll(`?after=${woken.json.cursor}`);
    const all = await w.poll(`?after=${first.json.cursor}`);
    return [first, none, all]
      .map(({ status, json }) => ({ status, json }))
      .concat([{ status: 200, json: [...woken.json.items, ...rest.json.items] }]);
  });
  assert.equal(
    seen[2]?.json.items.map(({ seq }: { seq: number }) => seq),
    [2, 3],
  );
});

test('by no reset: neither too many, nor trimmed', async ({ worlds }) => {
  const seen = await both(worlds, async (w, hide) => {
    const { json } = await w.poll();
    await hide();
    const { head } = await w.store.bounds('project:p1');
    for (;;) {
      const { floor } = await w.store.bounds('project:p1');
      if (floor > head || (await w.store.trim(Number.MAX_SAFE_INTEGER - 1, 1_000, 1)) === 0) break;
    }
    const client = await w.client();
    client.subscribe({ cursor: json.cursor });
    await silence(w);
    const after = await w.poll(`?after=${json.cursor}`);
    return { synced: await client.until('synced'), status: after.status, items: after.json.items };
  });
  assert.equal([seen.synced.how, seen.status], ['resumed', 200]);
});

test('in the history, page by page', async ({ worlds }) => {
  const seen = await both(worlds, async (w, hide) => {
    const { store, authenticator, policy } = w;
    const catchUp = async () => {
      while (await store.keepHistory());
    };
    const history = createHistory({ store, authenticator, policy, catchUp });
    await hide();
    for (let n = 0; n < 3; n++) {
      await silence(w);
      await hide();
    }
    const answers: unknown[] = [];
    for (const limit of [1, 2, 3, 7, 100]) {
      for (let before: string | null = ''; before !== null; ) {
        const query: string = `server=${SERVER}&limit=${limit}${before && `&before=${before}`}`;
        const headers = { 'X-Auth-Token': 'owner' };
        const answer = await history(new Request(`http://h/v1/history?${query}`, { headers }), undefined);
        const page = (await answer.json()) as { items: { seq: number }[]; next: string | null };
        answers.push(page);
        before = page.next;
      }
    }
    return answers as { items: { seq: number }[] }[];
  });
  assert.equal(
    seen.at(-1)?.items.map(({ seq }) => seq),
    [7, 6, 5, 4, 3, 2, 1],
  );
});

test('in an explanation', async ({ worlds }) => {
  const seen = await both(worlds, async (w, hide) => {
    const { store, authenticator, policy, clock } = w;
    const catchUp = async () => {
      while (await store.keepHistory());
    };
    const follower = await w.follower();
    await hide();
    await silence(w);
    await hide();
    await follower.said();
    const explain = createExplain({
      store,
      authenticator,
      policy,
      clock,
      catchUp,
      watcher: { observed: () => [] },
      webhooks: { ofProject: async () => [] },
      receipts: (stream, row) => w.hub.receipts(stream, row).map((one) => ({ ...one, session: '…' })),
    });
    const headers = { 'X-Auth-Token': 'owner' };
    const answer = await explain(new Request(`http://h/v1/explain?server=${SERVER}`, { headers }), undefined);
    return (await answer.json()) as Awaited<ReturnType<typeof explainServer>>;
  });
  assert.equal([seen.delivery?.seq, seen.delivery?.sent], [3, 1]);
});

test('by webhooks, what they bring and how far they are', async ({ worlds }) => {
  await both(worlds, async (w, hide) => {
    await hide();
    const endpoint = await Endpoint.open();
    const webhooks = open(w);
    await webhooks.start();
    try {
      const wish = { url: endpoint.url, name: 'hook', servers: null, hostStatus: null };
      const hook = await webhooks.add({ ...wish, format: 'cloudevents' }, OWNER);
      const placeOf = async () => webhooks.placeFor(await webhooks.one(hook.id, OWNER), OWNER);
      const places = [await placeOf()];
      await hide();
      await silence(w);
      const bodies = [await endpoint.next(), await endpoint.next()].map(({ json }) => json);
      const { head } = await w.store.bounds('project:p1');
      await hide();
      w.timers.advance(1_000);
      await until('its place to be kept', async () => {
        w.timers.advance(1_000);
        return (await webhooks.one(hook.id, OWNER)).seq >= head;
      });
      places.push(await placeOf());
      // What was trimmed while it rested showed nothing: it has missed nothing.
      await webhooks.change(hook.id, { state: 'paused' }, OWNER);
      await hide();
      while ((await w.store.trim(Number.MAX_SAFE_INTEGER - 1, 1_000, 100)) > 0);
      await webhooks.change(hook.id, { state: 'active' }, OWNER);
      await silence(w);
      const later = [await endpoint.next(), await endpoint.next()].map(({ json }) => json);
      return {
        places,
        bodies: [...bodies, ...later].map(({ type, data }) => [
          type,
          { ...data, items: data.items.map(withoutTime) },
        ]),
      };
    } finally {
      await webhooks.close();
      await endpoint.close();
    }
  });
});

test.run();
