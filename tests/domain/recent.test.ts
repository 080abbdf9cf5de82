import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Recent } from '../../server/domain/recent.ts';
import { SeenBefore } from '../../server/limits/seen-before.ts';

const test = suite('what was asked for recently');

test('requested entries stay, others are dropped, and the number is bounded', () => {
  const recent = new Recent<number>(10);
  recent.set('kept', 0);
  for (let n = 1; n < 1_000; n += 1) {
    recent.set(`${n}`, n);
    assert.is(recent.get(`${n}`), n);
    assert.is(recent.get('kept'), 0);
    assert.ok(recent.size <= 20);
  }
  assert.is(recent.get('1'), undefined);
});

test('a removed entry is gone, however long it was there', () => {
  const recent = new Recent<number>(2);
  for (const n of [1, 2, 3]) recent.set(`${n}`, n);
  for (const n of [1, 3]) recent.delete(`${n}`);
  assert.equal([recent.get('1'), recent.get('2'), recent.get('3')], [undefined, 2, undefined]);
  recent.clear();
  assert.is(recent.size, 0);
});

test('the weight of what is kept is bounded, also when a value is replaced or removed', () => {
  const recent = new Recent<string>(100, (text) => text.length);
  const weight = (keys: readonly string[]) =>
    keys.reduce((sum, key) => sum + (recent.get(key)?.length ?? 0), 0);
  const keys = Array.from({ length: 50 }, (_, n) => `${n}`);
  for (let n = 0; n < 2_000; n += 1) {
    const key = keys[(n * 7) % 50] as string;
    if (n % 5 === 0) recent.delete(key);
    else recent.set(key, 'x'.repeat((n * 13) % 90));
    assert.ok(weight([...keys]) <= 200);
  }
  recent.set('a', 'x'.repeat(101));
  assert.is(recent.get('a'), undefined, 'heavier than all that may be kept');
  recent.set('b', 'x');
  recent.set('b', 'x'.repeat(101));
  assert.is(recent.get('b'), undefined, 'nor is the value before it kept');
});

test('an entry is remembered until newer ones replace it', () => {
  const seen = new SeenBefore(4);
  assert.equal([seen.again('a'), seen.again('a'), seen.again('b')], [false, true, false]);
  for (let n = 0; n < 1_000; n += 1) seen.again(`${n}`);
  assert.equal([seen.again('a'), seen.again('999')], [false, true]);
});

test('nearly all of the last texts are remembered, and hardly ever a stranger', () => {
  const seen = new SeenBefore(12);
  const texts = (from: number) =>
    Array.from({ length: 400 }, (_, n) => `a7c1d6de-3a0e-4f2b-8000-${from + n}`);
  assert.is(texts(0).filter((text) => seen.again(text)).length, 0);
  assert.ok(texts(0).filter((text) => seen.again(text)).length > 320);
  assert.is(texts(5_000).filter((text) => seen.again(text)).length, 0);
});

test.run();
