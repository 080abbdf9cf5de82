/** What a client that follows gets: a snapshot, then every change, under the filter that it asked for. */
import * as assert from 'uvu/assert';
import { Downstream } from '../../../client-sdk/protocol/downstream.ts';
import type { Change, ServerState } from '../../../client-sdk/protocol/items.ts';
import { placeOf } from '../../support/unsealed-cursor.ts';
import type { StreamPromise } from './promise.ts';

export function followingContract(promise: StreamPromise): void {
  promise('an owner without servers gets an empty snapshot and a cursor', async (open) => {
    const client = await (await open()).client();
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

  promise('the snapshot shows every server, and every later change follows it in order', async (open) => {
    const w = await open();
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

  promise('a host with forty of an owner’s servers is one frame of forty items', async (open) => {
    const w = await open();
    await w.service();
    for (let n = 0; n < 40; n++) await w.server();
    const client = await w.follower();
    await w.change('c1', { live: false });
    const event = await client.expect('event');
    assert.is(event.items.length, 40);
    assert.equal(await client.said(), []);
  });

  promise('all of an owner’s sockets get the change, under the id that each has chosen', async (open) => {
    const w = await open();
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

  promise('every frame is as the schema says', async (open) => {
    const w = await open();
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

  promise('a filter narrows what is sent, and the cursor moves past the rest', async (open) => {
    const w = await open();
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
}
