/** What a client that comes back gets: every missed item, or a snapshot and the reason. */
import * as assert from 'uvu/assert';
import type { StreamWorld } from '../../support/stream-world.ts';
import type { OpenWorld, StreamPromise } from './promise.ts';

export function resumingContract(promise: StreamPromise): void {
  promise('a client back within retention gets every missed item in order, then "resumed"', async (open) => {
    const w = await open();
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

  promise('a cursor of any event and of "synced" and of health resumes where it stood', async (open) => {
    const w = await open();
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
    (w: StreamWorld, cursor: string, open: OpenWorld) => Promise<{ cursor: string }>
  >({
    invalid: async (_w, cursor) => ({ cursor: `${cursor}x` }),
    epoch: async (_w, _cursor, open) => {
      const client = await (await open()).client();
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
    promise(`a cursor that is ${reason} is answered with a whole snapshot and the reason`, async (open) => {
      const w = await open({ maxReplay: 5 });
      await w.service();
      await w.server();
      const before = await w.client();
      before.subscribe();
      const { cursor } = await arrange(w, (await before.until('synced')).cursor, open);
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

  promise('clients that are reset together share one reading of the snapshot', async (open) => {
    const w = await open();
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
}
