import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { itemEpoch } from '../../server/stream/item-epoch.ts';
import { StreamWorld } from '../support/stream-world.ts';
import { placeOf } from '../support/unsealed-cursor.ts';

const test = suite<{ w: StreamWorld }>('where the server says it is', {} as never);

test.before.each(async (context) => {
  context.w = await StreamWorld.open();
  await context.w.service();
  await context.w.server({ id: 's1' });
});
test.after.each(({ w }) => w.close());

test('"synced" has the place of its cursor, and what follows is the next', async ({ w }) => {
  const client = await w.client();
  client.subscribe();
  const { cursor, seq, epoch } = await client.until('synced');
  const place = placeOf(cursor, w.store.signingKey);
  const { entry } = await w.store.bounds('project:p1');
  assert.equal([seq, epoch], [place.seq, itemEpoch(w.store.epoch, entry, 'all')]);
  await w.change('c1', { forcedDown: true });
  await w.change('c1', { forcedDown: false });
  assert.equal([(await client.expect('event')).seq, (await client.expect('event')).seq], [seq + 1, seq + 2]);
  const back = await w.client();
  back.subscribe({ cursor });
  assert.equal([(await back.expect('event')).seq, (await back.expect('event')).seq], [seq + 1, seq + 2]);
  assert.is((await back.expect('synced')).seq, seq + 2);
});

test('where a filter leaves items out synced says that seq will skip, and else not', async ({ w }) => {
  const filtered = await w.client();
  filtered.subscribe({ servers: ['s1'] });
  w.policy.set('unknown-only');
  const narrow = await w.client('owner');
  narrow.subscribe();
  for (const [client, sparse] of [
    [filtered, true],
    [narrow, undefined],
  ] as const) {
    const synced = await client.until('synced');
    assert.equal([synced.sparse, synced.seq], [sparse, placeOf(synced.cursor, w.store.signingKey).seq]);
  }
});

test('"welcome" says how well the server sees, before the first health does', async ({ w }) => {
  for (const state of ['ok', 'degraded', 'paused'] as const) {
    w.observer.state = state;
    const client = await w.peer({ token: 'owner' }).open();
    assert.is((await client.expect('welcome')).observer, state);
  }
});

test.run();
