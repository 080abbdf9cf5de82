/** A document that is read in pieces is the one that a parser reads whole, wherever its bytes are cut. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JsonSplitter } from '../../server/seed/json-splitter.ts';

const test = suite('a document in pieces');

/** Puts the pieces together again. */
function read(text: string, size: number, longest = 1 << 20): Record<string, unknown> {
  const splitter = new JsonSplitter(longest);
  const found: Record<string, unknown> = Object.create(null);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    for (const { key, index, text: piece } of splitter.push(bytes.subarray(at, at + size))) {
      if (piece === undefined) found[key] = [];
      else if (index === undefined) found[key] = JSON.parse(piece);
      else (found[key] as unknown[])[index] = JSON.parse(piece);
    }
  }
  splitter.end();
  return found;
}

test('any object, written in any way and cut anywhere, is what JSON.parse says', () => {
  const document = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 }));
  const looks = fc.record({
    document,
    indent: fc.constantFrom(0, 2, '\t'),
    size: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(looks, ({ document: given, indent, size }) => {
      const text = JSON.stringify(given, undefined, indent);
      assert.equal({ ...read(text, size) }, JSON.parse(text));
    }),
    { numRuns: 300 },
  );
});

test('a text that is not a JSON object is refused, wherever it is cut', () => {
  for (const text of [
    '',
    ' ',
    'null',
    '[]',
    '"a"',
    '{',
    '{]',
    '}',
    '{"a"}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a":1 "b":2}',
    '{"a":[1,]}',
    '{"a":[,1]}',
    '{"a":[1 2]}',
    '{"a":[1]2}',
    '{"a":2[1]}',
    '{"a":[1}',
    '{"a":[{]]}',
    '{"a":1}}',
    '{"a":1}{}',
    '{"a":1} x',
    '{a:1}',
    '{"a":[[1]}',
    '{"a":"b}',
    "{'a':1}",
  ]) {
    for (const size of [1, 3, 100]) assert.throws(() => read(text, size), undefined, `${text} by ${size}`);
  }
});

test('a member that comes again replaces the one before, as a parser has it', () => {
  assert.equal({ ...read('{"a":[1,2],"a":[3]}', 4) }, { a: [3] });
});

test('a byte order mark before it is passed over', () => {
  assert.equal({ ...read('\uFEFF{"a":1}', 2) }, { a: 1 });
});

test('a piece larger than allowed is refused before it is whole', () => {
  const text = `{"a":["${'x'.repeat(2_000)}`;
  assert.throws(() => read(text, 100, 1_000), /a is larger than 1000 bytes/);
});

test.run();
