import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MintRate } from '../../../server/identity/tokens/mint-rate.ts';
import { FakeClock } from '../../support/clock.ts';

const test = suite('rate of new tokens');

test('a burst, then a steady rate, each user for itself', () => {
  const clock = new FakeClock();
  const rate = new MintRate(clock, { burst: 3, perSecond: 1 });
  assert.equal(
    [1, 2, 3].map(() => rate.take('alice')),
    [0, 0, 0],
  );
  assert.is(rate.take('alice'), 1_000);
  assert.is(rate.take('bob'), 0);
  clock.advance(1_000);
  assert.equal([rate.take('alice'), rate.take('alice')], [0, 1_000]);
});

test('an idle hour gives no more than the burst', () => {
  const clock = new FakeClock();
  const rate = new MintRate(clock, { burst: 3, perSecond: 1 });
  for (let n = 0; n < 3; n++) rate.take('alice');
  clock.advance(3_600_000);
  assert.equal(
    [1, 2, 3].map(() => rate.take('alice')),
    [0, 0, 0],
  );
  assert.ok(rate.take('alice') > 0);
});

test('users who were idle long enough are forgotten, and no others', () => {
  const clock = new FakeClock();
  const rate = new MintRate(clock, { burst: 3, perSecond: 1 });
  for (let n = 0; n < 1_000; n++) rate.take(`user ${n}`);
  for (let n = 0; n < 3; n++) rate.take('busy');
  assert.is(rate.remembered, 1_001);
  clock.advance(1_000);
  rate.take('newcomer');
  assert.is(rate.remembered, 2, 'the busy one and the newcomer');
  assert.is(rate.take('busy'), 0);
  assert.ok(rate.take('busy') > 0, 'its burst is not full again');
});

test.run();
