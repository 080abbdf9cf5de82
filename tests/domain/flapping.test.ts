import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { edgesWithin, FLAP_WINDOW, holdOf, isFlapping } from '../../server/domain/silence/flapping.ts';

const test = suite('flapping');

test('the hold begins with the fourth edge and doubles up to five minutes', () => {
  const holds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 100].map(holdOf);
  assert.equal(
    holds.map((ms) => ms / 1_000),
    [0, 0, 0, 30, 30, 60, 60, 120, 120, 240, 240, 300, 300],
  );
});

test('exactly the services that are held are flapping', () => {
  for (let edges = 0; edges < 30; edges++) assert.is(isFlapping(edges), holdOf(edges) > 0);
});

test('edges count for ten minutes', () => {
  assert.equal(edgesWithin([0, 1, 5], FLAP_WINDOW), [1, 5]);
  assert.equal(edgesWithin([0, 1, 5], FLAP_WINDOW + 5), []);
});

test.run();
