/** For how long a node has not announced what others have: what counts as late, and what does not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TailLag } from '../../server/nodes/tail-lag.ts';

const test = suite('lag of the tail');

test('a node that announces what others announced has no lag, also while they go on', () => {
  const lag = new TailLag();
  for (let look = 1; look <= 20; look++) {
    // The others are always one look ahead.
    lag.look(look, [look + 1, look], look * 200);
    assert.ok(lag.duration <= 200, `look ${look}: ${lag.duration}`);
    assert.is(lag.trouble, undefined);
  }
  lag.look(21, [21, 20], 4_200);
  assert.is(lag.duration, 0);
});

test('the lag grows from when another was first ahead, and counts after 1 s', () => {
  const lag = new TailLag();
  lag.look(4, [9], 1_000);
  lag.look(5, [12], 2_000);
  assert.equal([lag.duration, lag.trouble], [1_000, undefined]);
  lag.look(8, [30], 3_500);
  assert.is(lag.duration, 2_500);
  assert.is(lag.trouble, 'what other nodes commit is announced here 2.5 s late');
});

test('a node that announced the awaited commit, and not a later one, begins at zero', () => {
  const lag = new TailLag();
  lag.look(4, [9], 0);
  lag.look(9, [12], 5_000);
  assert.is(lag.duration, 0);
  lag.look(10, [12], 5_400);
  assert.is(lag.duration, 400);
});

test('a commit that the database lost in a failover is not waited for', () => {
  const lag = new TailLag();
  lag.look(985, [1_000], 0);
  lag.look(985, [1_000], 5_000);
  assert.match(lag.trouble ?? '', '5.0 s late');
  lag.look(990, [990], 5_200);
  assert.equal([lag.duration, lag.trouble], [0, undefined]);
});

test('without other nodes there is no lag', () => {
  const lag = new TailLag();
  lag.look(0, [], 0);
  lag.look(0, [], 60_000);
  assert.equal([lag.duration, lag.trouble], [0, undefined]);
});

test.run();
