import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Remembered } from '../../server/domain/remembered.ts';

const test = suite('what a function gave of late');

const parse = (text: string) => JSON.parse(text) as { n: number };

test('a text that was asked for of late is worked out once, and another text never takes its place', () => {
  const parsed = new Remembered(parse, 10);
  const first = parsed.of('{"n":1}');
  assert.is(parsed.of('{"n":1}'), first);
  assert.equal(parsed.of('{"n":2}'), { n: 2 });
  assert.equal(first, { n: 1 });
});

test('what is asked for stays, what is not is forgotten, and there is a bound', () => {
  const parsed = new Remembered(parse, 10);
  const kept = parsed.of('{"n":0}');
  for (let n = 1; n < 1_000; n += 1) {
    parsed.of(`{"n":${n}}`);
    assert.is(parsed.of('{"n":0}'), kept);
    assert.ok(parsed.size <= 20);
  }
  assert.throws(() => parsed.of('{'));
});

test.run();
