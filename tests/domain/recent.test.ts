import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Recent } from '../../server/domain/recent.ts';

const test = suite('what was asked for of late');

test('what is asked for stays, what is not is forgotten, and there is a bound', () => {
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

test('what is taken out is gone, however long it was there', () => {
  const recent = new Recent<number>(2);
  for (const n of [1, 2, 3]) recent.set(`${n}`, n);
  for (const n of [1, 3]) recent.delete(`${n}`);
  assert.equal([recent.get('1'), recent.get('2'), recent.get('3')], [undefined, 2, undefined]);
  recent.clear();
  assert.is(recent.size, 0);
});

test.run();
