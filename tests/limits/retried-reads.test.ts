import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RetriedReads } from '../../server/limits/retried-reads.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';

const test = suite('reads that are tried until they succeed');

function world() {
  const timers = new ManualTimers(new FakeClock());
  const running: { key: string; succeed: () => void; fail: () => void }[] = [];
  const pauses: number[] = [];
  const reads = new RetriedReads({
    setTimer: timers.setTimer,
    read: (key) =>
      new Promise((resolve, reject) =>
        running.push({ key, succeed: resolve, fail: () => reject(new Error('the database is away')) }),
      ),
    failed: (_error, _key, next) => pauses.push(next),
  });
  return { reads, timers, running, pauses };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a read that fails is tried again until it succeeds, and no longer', async () => {
  const { reads, timers, running } = world();
  reads.request('p1');
  running[0]?.fail();
  await settled();
  assert.equal([running.length, timers.waiting], [1, 1]);
  timers.advance(500);
  running[1]?.succeed();
  await settled();
  timers.advance(60_000);
  assert.equal([running.length, timers.waiting, reads.waiting], [2, 0, 0]);
});

test('the pauses double up to half a minute', async () => {
  const { reads, timers, running, pauses } = world();
  reads.request('p1');
  for (let n = 0; n < 9; n++) {
    running[n]?.fail();
    await settled();
    timers.advance(30_000);
  }
  assert.equal(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('what changes during a read is read by another one, and once', async () => {
  const { reads, timers, running } = world();
  reads.request('p1');
  reads.request('p1');
  reads.request('p1');
  assert.is(running.length, 1);
  running[0]?.succeed();
  await settled();
  assert.is(running.length, 2);
  running[1]?.succeed();
  await settled();
  assert.equal([running.length, timers.waiting, reads.waiting], [2, 0, 0]);
});

test('a change during a pause is read at once', async () => {
  const { reads, timers, running } = world();
  reads.request('p1');
  running[0]?.fail();
  await settled();
  reads.request('p1');
  assert.equal([running.length, timers.waiting], [2, 0]);
});

test('one key does not wait for another', () => {
  const { reads, running } = world();
  reads.request('p1');
  reads.request('p2');
  assert.equal(
    running.map(({ key }) => key),
    ['p1', 'p2'],
  );
});

test('nothing is read after the end, whether it waited or was running', async () => {
  const { reads, timers, running } = world();
  reads.request('p1');
  reads.request('p2');
  running[0]?.fail();
  await settled();
  reads.stop();
  running[1]?.fail();
  await settled();
  timers.advance(60_000);
  assert.equal([running.length, timers.waiting, reads.waiting], [2, 0, 0]);
});

test.run();
