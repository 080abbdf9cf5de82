import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeenBefore } from '../../server/limits/seen-before.ts';

const test = suite('what was seen before');

test('a text is known the second time, and every time after that', () => {
  const seen = new SeenBefore(12);
  assert.equal([seen.again('a'), seen.again('a'), seen.again('a')], [false, true, true]);
  assert.is(seen.again('b'), false);
});

test('its memory does not grow: of many texts the early ones are forgotten', () => {
  const seen = new SeenBefore(4);
  const texts = Array.from({ length: 1_000 }, (_, n) => `text ${n}`);
  for (const text of texts) seen.again(text);
  const known = texts.filter((text) => new Set(texts.slice(-16)).has(text) && seen.again(text));
  assert.ok(known.length > 0 && known.length <= 16);
  assert.ok(texts.slice(0, 500).filter((text) => seen.again(text)).length < 16);
});

test.run();
