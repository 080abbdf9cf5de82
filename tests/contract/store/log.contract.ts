/** The log is read by stream and in pages. */
import * as assert from 'uvu/assert';
import { anInstance, aService } from '../../support/builders.ts';
import { putInstance, putService, rangeOf } from '../../support/store.ts';
import type { StorePromise } from './promise.ts';
import { changes, flip } from './steps.ts';

export function logContract(promise: StorePromise): void {
  promise('an owner gets its own servers, and learns nothing of others by number or content', async (t) => {
    await putService(t, aService());
    const mine = await putInstance(t, anInstance({ projectId: 'p1' }));
    for (let n = 0; n < 3; n += 1) await putInstance(t, anInstance({ projectId: 'p2' }));
    assert.equal(await rangeOf(t.store, 'project:p1'), { head: 1, floor: 1 });
    assert.equal(await rangeOf(t.store, 'project:p2'), { head: 3, floor: 1 });
    await flip(t, 'c1', { forcedDown: true });
    const rows = await t.store.log('project:p1', 0, 100, 100);
    assert.equal(
      rows.map(({ seq }) => seq),
      [1, 2],
    );
    for (const change of await changes(t, 'project:p1', 0)) assert.is(change.server_id, mine.id);
    assert.equal(await rangeOf(t.store, 'project:p3'), { head: 0, floor: 1 });
    assert.equal(await t.store.projectSnapshot('p3'), {
      head: 0,
      items: [],
      entry: 0,
      unknownOnly: { head: 0, entry: 0 },
    });
    assert.equal(await t.store.log('project:p3', 0, 100, 100), []);
  });

  promise('the log is read in pages, after one place and up to another', async (t) => {
    await putService(t, aService());
    for (let n = 0; n < 5; n += 1) await putInstance(t, anInstance());
    const seqs = async (after: number, upTo: number, limit: number) =>
      (await t.store.log('project:p1', after, upTo, limit)).map(({ seq }) => seq);
    assert.equal(await seqs(0, 5, 3), [1, 2, 3]);
    assert.equal(await seqs(3, 5, 3), [4, 5]);
    assert.equal(await seqs(1, 3, 9), [2, 3]);
    assert.equal(await seqs(5, 9, 9), []);
  });
}
