/** What the stream promises its clients, whatever store stands behind it. Called by one test per store. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import { Downstream } from '../../client-sdk/protocol/downstream.ts';
import type { Change, ServerState } from '../../client-sdk/protocol/items.ts';
import type { HubSettings } from '../../server/hub/connection/context.ts';
import type { StreamWorld } from '../support/stream-world.ts';
import { placeOf } from '../support/unsealed-cursor.ts';
import { within } from '../support/within.ts';

export function streamContract(
  name: string,
  open: (settings?: Partial<HubSettings>) => Promise<StreamWorld>,
): void {
  const test = suite<{ worlds: StreamWorld[] }>(`stream: ${name}`, { worlds: [] });

  test.after.each(async ({ worlds }) => {
    for (const world of worlds.splice(0)) await world.close();
  });

  /** Other deployments that a test needs beside its own. */
  const elsewhere: StreamWorld[] = [];
  test.after.each(async () => {
    for (const it of elsewhere.splice(0)) await it.close();
  });

  async function world(worlds: StreamWorld[], settings?: Partial<HubSettings>): Promise<StreamWorld> {
    const it = await open(settings);
    worlds.push(it);
    return it;
  }

  test('an owner without servers gets an empty snapshot and a cursor', async ({ worlds }) => {
    const client = await (await world(worlds)).client();
    client.subscribe();
    assert.equal(await client.expect('snapshot'), {
      type: 'snapshot',
      id: 's',
      part: 1,
      last: true,
      items: [],
    });
    const synced = await client.expect('synced');
    assert.is(synced.how, 'snapshot');
    assert.ok(synced.cursor.length > 0);
    assert.is(synced.sparse, undefined);
  });

  test('the snapshot shows every server, and every later change follows it in order', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    const vm = await w.server({ name: 'db-1' });
    const client = await w.client();
    client.subscribe();
    const snapshot = await client.expect('snapshot');
    assert.is((snapshot.items[0] as ServerState).server_id, vm.id);
    assert.is(snapshot.items[0]?.host_status, 'UP');
    await client.expect('synced');
    await w.change('c1', { live: false });
    await w.change('c1', { forcedDown: true });
    await w.change('c1', { forcedDown: false, live: true });
    const events = [await client.expect('event'), await client.expect('event'), await client.expect('event')];
    assert.equal(
      events.map(({ seq, items }) => [seq, items[0]?.from, items[0]?.to]),
      [
        [2, 'UP', 'UNKNOWN'],
        [3, 'UNKNOWN', 'DOWN'],
        [4, 'DOWN', 'UP'],
      ],
    );
  });

  test('a host with forty of an owner’s servers is one frame of forty items', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    for (let n = 0; n < 40; n++) await w.server();
    const client = await w.follower();
    await w.change('c1', { live: false });
    const event = await client.expect('event');
    assert.is(event.items.length, 40);
    assert.equal(await client.said(), []);
  });

  test('all of an owner’s sockets get the change, under the id that each has chosen', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    await w.server();
    const clients = [
      await w.follower('owner', { id: 'a' }),
      await w.follower('owner', { id: 'a' }),
      await w.follower('owner', { id: 'b "quoted"' }),
    ];
    await w.change('c1', { live: false });
    const events = await Promise.all(clients.map((client) => client.expect('event')));
    assert.equal(
      events.map(({ id }) => id),
      ['a', 'a', 'b "quoted"'],
    );
    assert.is(new Set(events.map(({ cursor }) => cursor)).size, 1);
  });

  test('every frame is as the schema says', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    await w.server();
    const owner = await w.follower();
    const operator = await w.follower('admin', { stream: 'hosts' });
    await w.change('c1', { live: false });
    await w.change('c1', { disabled: true, disabledReason: 'disk' });
    w.timers.advance(6_000);
    await owner.until('health');
    await operator.until('health');
    for (const text of [...owner.messages, ...operator.messages]) Downstream.parse(JSON.parse(text));
  });

  test('who comes back within retention gets every missed item in order, then "resumed"', async ({
    worlds,
  }) => {
    const w = await world(worlds);
    await w.service();
    await w.server();
    const first = await w.client();
    first.subscribe();
    const { cursor } = await first.until('synced');
    first.ws.terminate();
    for (let n = 0; n < 100; n++) await w.change('c1', { live: n % 2 === 1 });
    const again = await w.client();
    again.subscribe({ cursor });
    for (let n = 0; n < 100; n++) assert.is((await again.expect('event')).seq, n + 2);
    const synced = await again.expect('synced');
    assert.is(synced.how, 'resumed');
    await w.change('c1', { forcedDown: true });
    assert.is((await again.expect('event')).seq, 102);
  });

  test('a cursor of any event and of "synced" and of health resumes where it stood', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    await w.server();
    const client = await w.follower();
    await w.change('c1', { live: false });
    const event = await client.expect('event');
    w.timers.advance(6_000);
    const health = await client.expect('health');
    assert.equal(health.subscriptions, [{ id: 's', cursor: event.cursor }]);
    const again = await w.client();
    again.subscribe({ cursor: event.cursor });
    const synced = await again.expect('synced');
    assert.is(synced.how, 'resumed');
    assert.is(synced.cursor, event.cursor);
  });

  for (const [reason, arrange] of Object.entries<
    (w: StreamWorld, cursor: string) => Promise<{ cursor: string }>
  >({
    invalid: async (_w, cursor) => ({ cursor: `${cursor}x` }),
    epoch: async () => {
      const other = await open();
      elsewhere.push(other);
      const client = await other.client();
      client.subscribe();
      return client.until('synced');
    },
    foreign: async (w) => {
      const other = await w.client('other');
      other.subscribe();
      return other.until('synced');
    },
    too_many: async (w, cursor) => {
      for (let n = 0; n < 6; n++) await w.change('c1', { live: n % 2 === 1 });
      return { cursor };
    },
    expired: async (w, cursor) => {
      for (let n = 0; n < 3; n++) await w.change('c1', { live: n % 2 === 1 });
      await w.store.trim(w.clock.now() + 1, 0, 100);
      return { cursor };
    },
  })) {
    test(`a cursor that is ${reason} is answered with a whole snapshot and the reason`, async ({
      worlds,
    }) => {
      const w = await world(worlds, { maxReplay: 5 });
      await w.service();
      await w.server();
      const before = await w.client();
      before.subscribe();
      const { cursor } = await arrange(w, (await before.until('synced')).cursor);
      const client = await w.client();
      client.subscribe({ cursor });
      const snapshot = await client.expect('snapshot');
      assert.is(snapshot.items.length, 1);
      const synced = await client.expect('synced');
      assert.equal([synced.how, synced.reason], ['reset', reason]);
      await w.change('c1', { forcedDown: true });
      const event = await client.expect('event');
      const resumed = await w.client();
      resumed.subscribe({ cursor: event.cursor });
      assert.is((await resumed.expect('synced')).how, 'resumed');
    });
  }
  test('a filter narrows what is sent, and the cursor moves past the rest', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    await w.service({ host: 'c2' });
    const mine = await w.server();
    await w.server({ host: 'c2' });
    const one = await w.client();
    one.subscribe({ servers: [mine.id] });
    assert.is((await one.expect('snapshot')).items.length, 1);
    const { cursor: start, sparse } = await one.expect('synced');
    assert.is(sparse, true);
    const down = await w.follower('owner', { host_status: ['DOWN'] });
    await w.change('c2', { live: false });
    await w.change('c2', { forcedDown: true });
    await w.change('c1', { live: false });
    const event = await one.expect('event');
    assert.is((event.items[0] as Change).server_id, mine.id);
    assert.equal([event.seq, event.items.length], [5, 1]);
    assert.is((await down.expect('event')).seq, 4);
    w.timers.advance(6_000);
    const cursors = [await one.expect('health'), await down.expect('health')];
    // Both are past all five, though neither was sent all.
    const seqOf = (cursor = '') => placeOf(cursor, w.store.signingKey).seq;
    assert.is(cursors[0]?.subscriptions[0]?.cursor, event.cursor);
    assert.is(seqOf(cursors[1]?.subscriptions[0]?.cursor), seqOf(event.cursor));
    // And resuming with a filter tells no more than following with it did.
    const again = await w.client();
    again.subscribe({ cursor: start, servers: [mine.id] });
    assert.is((await again.expect('event')).seq, 5);
    assert.is(seqOf((await again.expect('synced')).cursor), seqOf(event.cursor));
    // But not with another one: what was left out up to there would stay unknown.
    const wider = await w.client();
    wider.subscribe({ cursor: start });
    assert.equal((await wider.until('synced')).reason, 'filter');
  });

  test('no owner gets another owner’s server, by any way of asking', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    const theirs = await w.server({ projectId: 'p2', name: 'theirs' });
    const owner = await w.client();
    owner.subscribe({ id: 'own' });
    owner.subscribe({ id: 'filter', servers: [theirs.id] });
    owner.subscribe({ id: 'foreign', project_id: 'p2' });
    owner.subscribe({ id: 'nowhere', project_id: 'p-never-was' });
    owner.subscribe({ id: 'hosts', stream: 'hosts' });
    const frames: Downstream[] = [];
    while (frames.filter(({ type }) => type === 'synced').length < 2) frames.push(await owner.frame());
    await w.change('c1', { live: false });
    await w.change('c1', { forcedDown: true });
    frames.push(...(await owner.said()));
    const forbidden = frames.filter((frame) => frame.type === 'unsubscribed');
    assert.equal(
      forbidden.map((frame) => (frame.type === 'unsubscribed' ? [frame.id, frame.reason] : [])),
      [
        ['foreign', 'forbidden'],
        ['nowhere', 'forbidden'],
        ['hosts', 'forbidden'],
      ],
    );
    assert.is(frames.filter((frame) => frame.type === 'event').length, 0);
    const everything = owner.messages.join('\n');
    for (const secret of [theirs.id, 'theirs', '"c1"']) assert.not(everything.includes(secret));
  });

  test('an admin follows any project, and operators follow hosts with names and actors', async ({
    worlds,
  }) => {
    const w = await world(worlds);
    await w.service();
    await w.server();
    const admin = await w.client('admin');
    admin.subscribe({ id: 'p1', project_id: 'p1' });
    admin.subscribe({ id: 'hosts', stream: 'hosts' });
    await admin.until('synced');
    await admin.until('synced');
    await w.change('c1', { forcedDown: true });
    const events = [await admin.expect('event'), await admin.expect('event')];
    const byId = new Map(events.map((event) => [event.id, event]));
    assert.is(byId.get('p1')?.stream, 'project');
    assert.not('host' in (byId.get('p1')?.items[0] ?? {}));
    const item = byId.get('hosts')?.items[0] as Record<string, unknown>;
    assert.equal([item.host, item.binary, item.actor, item.servers], ['c1', 'nova-compute', 'test', 1]);
  });

  test('under "unknown-only" an owner sees entering and leaving UNKNOWN and nothing more', async ({
    worlds,
  }) => {
    const w = await world(worlds);
    w.policy.owners = 'unknown-only';
    await w.service();
    await w.server();
    const client = await w.client();
    client.subscribe();
    const snapshot = await client.expect('snapshot');
    assert.equal(Object.keys(snapshot.items[0] ?? {}).sort(), ['host_id', 'name', 'server_id']);
    assert.is((await client.expect('synced')).sparse, undefined);
    await w.change('c1', { disabled: true });
    await w.change('c1', { disabled: false });
    await w.change('c1', { live: false });
    await w.change('c1', { forcedDown: true });
    await w.change('c1', { forcedDown: false });
    await w.change('c1', { live: true });
    const events = (await client.said()).filter((frame) => frame.type === 'event');
    assert.equal(
      events.flatMap((frame) =>
        frame.type === 'event'
          ? frame.items.map(({ from, to, cause, facts }) => [frame.seq, from, to, cause, facts])
          : [],
      ),
      [
        // By the numbers of what is shown: the server itself was the first.
        [2, undefined, 'UNKNOWN', 'timeout', undefined],
        [3, 'UNKNOWN', undefined, 'heartbeat', undefined],
        [4, undefined, 'UNKNOWN', 'timeout', undefined],
        [5, 'UNKNOWN', undefined, 'heartbeat', undefined],
      ],
    );
    for (const word of ['DOWN', 'MAINTENANCE', 'forced', 'disabled', '"UP"']) {
      assert.not(client.messages.join('\n').includes(word), word);
    }
  });

  test('a cursor given under other rights is a reset, in both directions', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    await w.server();
    for (const [before, after] of [
      ['unknown-only', 'all'],
      ['all', 'unknown-only'],
    ] as const) {
      w.policy.set(before);
      const first = await w.client();
      first.subscribe();
      const { cursor } = await first.until('synced');
      first.ws.terminate();
      await w.change('c1', { forcedDown: after === 'all' });
      w.policy.set(after);
      const again = await w.client();
      again.subscribe({ cursor });
      const { items } = await again.expect('snapshot');
      assert.is(items[0]?.host_status, after === 'all' ? 'DOWN' : undefined);
      const synced = await again.expect('synced');
      assert.equal([synced.how, synced.reason], ['reset', 'filter']);
    }
  });

  test('clients that are reset together share one reading of the snapshot', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    await w.server();
    const clients = await Promise.all(Array.from({ length: 20 }, () => w.client()));
    const { store } = w;
    const read = store.projectSnapshot;
    let reads = 0;
    store.projectSnapshot = (id) => {
      reads += 1;
      return read.call(store, id);
    };
    for (const client of clients) client.subscribe({ cursor: 'damaged' });
    for (const client of clients) {
      assert.is((await client.expect('snapshot')).items.length, 1);
      assert.is((await client.expect('synced')).reason, 'invalid');
    }
    assert.ok(reads < 20, `${reads} reads`);
  });

  test('a filter is no way to ask for what the policy hides', async ({ worlds }) => {
    const w = await world(worlds);
    w.policy.owners = 'unknown-only';
    await w.service({ forcedDown: true });
    await w.server();
    const client = await w.client();
    client.subscribe({ host_status: ['DOWN'] });
    assert.is((await client.expect('snapshot')).items.length, 0);
    await client.expect('synced');
    await w.change('c1', { forcedDown: false });
    await w.change('c1', { forcedDown: true });
    assert.equal(await client.said(), []);
  });

  test('a snapshot of many servers comes in parts', async ({ worlds }) => {
    const w = await world(worlds);
    await w.service();
    await Promise.all(Array.from({ length: 1_001 }, () => w.server()));
    const client = await w.client();
    client.subscribe();
    const sizes = [];
    for (let part = 1; part <= 3; part++) {
      const snapshot = await client.expect('snapshot');
      assert.equal([snapshot.part, snapshot.last], [part, part === 3]);
      sizes.push(snapshot.items.length);
    }
    assert.equal(sizes, [500, 500, 1]);
    await client.expect('synced');
  });

  test('a client that stops reading is closed as slow, and delays nobody', async ({ worlds }) => {
    const w = await world(worlds, { maxBacklog: 65_536 });
    await w.service();
    for (let n = 0; n < 300; n++) await w.server({ name: 'x'.repeat(200) });
    const slow = await w.follower();
    const quick = await w.follower();
    slow.stopReading();
    let head = 300;
    while (w.hub.stats().subscriptions === 2) {
      await w.change('c1', { live: head % 2 === 1 });
      head++;
      assert.ok(head < 1_000, 'the slow one was never noticed');
      assert.is((await quick.expect('event')).seq, head);
    }
    await w.change('c1', { forcedDown: true });
    assert.is((await quick.expect('event')).seq, head + 1);
    slow.resumeReading();
    assert.is((await within('the close', slow.closed)).code, CLOSE.slowConsumer.code);
    // What it has of the stream is in order and whole up to where it was cut.
    const seqs = slow.messages.map((text) => JSON.parse(text)).filter(({ type }) => type === 'event');
    seqs.forEach(({ seq }, n) => {
      assert.is(seq, 301 + n);
    });
    const again = await w.client();
    again.subscribe({ cursor: seqs.at(-1).cursor });
    for (let seq = 301 + seqs.length; seq <= head + 1; seq++) {
      assert.is((await again.expect('event')).seq, seq);
    }
    assert.is((await again.expect('synced')).how, 'resumed');
  });

  test('a commit larger than the backlog reaches a client that reads', async ({ worlds }) => {
    const w = await world(worlds, { maxBacklog: 65_536 });
    await w.service();
    await Promise.all(Array.from({ length: 2_500 }, () => w.server({ name: 'y'.repeat(100) })));
    const client = await w.follower();
    await w.change('c1', { live: false });
    let items = 0;
    while (items < 2_500) items += (await client.expect('event')).items.length;
    assert.is(items, 2_500);
  });

  test.run();
}
