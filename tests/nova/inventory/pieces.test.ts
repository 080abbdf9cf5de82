import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inPieces, isLargeList, listPieces } from '../../../server/nova/pieces.ts';

const test = suite('a large answer in pieces');

test('the pieces join to the text that it would be as a whole', async () => {
  const members = Array.from({ length: 3_000 }, (_, n) => JSON.stringify({ n, name: 'ü'.repeat(n % 300) }));
  assert.ok(isLargeList(members));
  const sizes: number[] = [];
  const parts: Uint8Array[] = [];
  for await (const part of inPieces(listPieces('{"all":[', members, ']}'))) {
    sizes.push(part.length);
    parts.push(part);
  }
  assert.is(Buffer.concat(parts).toString(), `{"all":[${members.join(',')}]}`);
  assert.ok(sizes.length > 2);
  assert.ok(Math.max(...sizes) < 1 << 19);
});

test('a small list is not split, and an empty one is whole', async () => {
  assert.not(isLargeList(['{}', '{}']));
  const text = await new Response(inPieces(listPieces('[', [], ']'))).text();
  assert.is(text, '[]');
});

test.run();
