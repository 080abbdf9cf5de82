/** Which node leads, decided by the change of a record. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LEADS_FOR, Lead, LeaseWatch, SILENT_FOR } from '../../server/nodes/lease.ts';

const test = suite('lease');
const held = (beat: number, epoch = 1) => ({ holder: 7, epoch, beat });

test('a record that changes is never taken, one that stands still is', () => {
  const watch = new LeaseWatch();
  for (let n = 0; n < 20; n++) assert.is(watch.look(held(n), n * 500, n * 500), false);
  assert.is(watch.look(held(19), 19 * 500 + SILENT_FOR - 1, 1e6), false);
  assert.is(watch.look(held(19), 19 * 500 + SILENT_FOR, 1e6), true);
});

test('time that an answer took does not count as silence of the holder', () => {
  const watch = new LeaseWatch();
  assert.is(watch.look(held(1), 0, 5_000), false);
  assert.is(watch.look(held(1), 5_000, 9_000), false);
});

test('a record that nobody holds is taken at once', () => {
  assert.is(new LeaseWatch().look({ holder: null, epoch: 3, beat: 9 }, 0, 0), true);
});

test('a new holder gets its whole time, though its beats begin at 0 again', () => {
  const watch = new LeaseWatch();
  watch.look(held(0), 0, 0);
  assert.is(watch.look(held(0, 2), SILENT_FOR, SILENT_FOR), false);
});

test('the holder leads from when its beat was sent, and ends before others may take', () => {
  const lead = new Lead();
  assert.is(lead.fence(0), undefined);
  lead.taken(4, 100);
  assert.is(lead.fence(100 + LEADS_FOR - 1), 4);
  assert.is(lead.fence(100 + LEADS_FOR), undefined);
  lead.beaten(1_000);
  assert.is(lead.fence(1_000 + LEADS_FOR - 1), 4);
  assert.ok(LEADS_FOR < SILENT_FOR);
  // An answer that comes late, to a beat that was sent before another one.
  lead.beaten(500);
  assert.is(lead.fence(1_000 + LEADS_FOR - 1), 4);
  lead.lost();
  assert.equal([lead.fence(1_001), lead.held], [undefined, undefined]);
});

test.run();
