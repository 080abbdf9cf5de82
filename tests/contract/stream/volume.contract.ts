/** Large snapshots, large commits, and clients that do not read. */
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { within } from '../../support/within.ts';
import type { StreamPromise } from './promise.ts';

export function volumeContract(promise: StreamPromise): void {
  promise('a snapshot of many servers comes in parts', async (open) => {
    const w = await open();
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

  promise('a client that stops reading is closed as slow, and delays no other client', async (open) => {
    const w = await open({ maxBacklog: 65_536 });
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

  promise('a commit larger than the backlog reaches a client that reads', async (open) => {
    const w = await open({ maxBacklog: 65_536 });
    await w.service();
    await Promise.all(Array.from({ length: 2_500 }, () => w.server({ name: 'y'.repeat(100) })));
    const client = await w.follower();
    await w.change('c1', { live: false });
    let items = 0;
    while (items < 2_500) items += (await client.expect('event')).items.length;
    assert.is(items, 2_500);
  });
}
