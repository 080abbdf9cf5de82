import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TokenBucket } from '../../server/limits/token-bucket.ts';

const test = suite('token bucket');
const SIZE = { burst: 4, perSecond: 2 };

test('a burst passes at once, and then one token for each interval', () => {
  const bucket = new TokenBucket(SIZE, 0);
  assert.equal(
    [0, 0, 0, 0].map((now) => bucket.take(now)),
    [0, 0, 0, 0],
  );
  assert.is(bucket.take(0), 500);
  assert.is(bucket.take(250), 250, 'a refusal takes nothing');
  assert.is(bucket.take(500), 0);
  assert.is(bucket.take(500), 500);
});

test('an idle hour saves up one burst, not many', () => {
  const bucket = new TokenBucket(SIZE, 0);
  assert.is(bucket.take(3_600_000, 4), 0);
  assert.is(bucket.take(3_600_000), 500);
});

test('more than the burst passes once the bucket is full', () => {
  const bucket = new TokenBucket(SIZE, 0);
  assert.is(bucket.take(0), 0);
  assert.is(bucket.take(0, 100), 500);
  assert.is(bucket.take(500, 100), 0);
  assert.is(bucket.take(500), 500);
});

test('credit is paid back before anything else passes', () => {
  const bucket = new TokenBucket(SIZE, 0);
  assert.equal(
    Array.from({ length: 6 }, () => bucket.borrow(0)),
    [0, 0, 0, 0, 500, 1_000],
  );
  assert.is(bucket.take(1_000), 500);
  assert.is(bucket.take(1_500), 0);
});

test('only a full bucket may be forgotten', () => {
  const bucket = new TokenBucket(SIZE, 0);
  assert.ok(bucket.isFull(0));
  bucket.take(0);
  assert.not(bucket.isFull(499));
  assert.ok(bucket.isFull(500));
});

test.run();
