import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KnownBatches } from '../../../server/liveness/reports/known-batches.ts';

const test = suite('batches that were parsed recently');

const text = (length: number, end = '') => 'x'.repeat(length - end.length) + end;

test('a text is known after it was kept, also in another string of the same characters', () => {
  const batches = new KnownBatches<object>();
  const parsed = {};
  assert.is(batches.get(text(1_000)), undefined);
  batches.keep(text(1_000), parsed);
  assert.is(batches.get([...text(1_000)].join('')), parsed);
  assert.is(batches.get(text(1_000, 'y')), undefined);
});

test('short texts and very long ones are not kept', () => {
  const batches = new KnownBatches<object>();
  for (const length of [511, 128 * 1024 + 1]) {
    batches.keep(text(length), {});
    assert.is(batches.get(text(length)), undefined);
  }
});

test('the cache is bounded by characters, and used entries stay', () => {
  const batches = new KnownBatches<number>();
  const nth = (n: number) => text(100_000, String(n));
  const used = nth(-1);
  batches.keep(used, -1);
  for (let n = 0; n < 200; n += 1) {
    batches.keep(nth(n), n);
    assert.is(batches.get(used), -1);
  }
  const kept = Array.from({ length: 200 }, (_, n) => batches.get(nth(n))).filter((n) => n !== undefined);
  assert.ok(kept.length <= 84, `${kept.length}`);
});

test.run();
