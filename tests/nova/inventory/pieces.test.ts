import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inPieces, isLarge, listPieces } from '../../../server/nova/pieces.ts';

const test = suite('a large answer in pieces');

test('is the text that it would be whole, in pieces of some size', async () => {
  const members = Array.from({ length: 3_000 }, (_, n) => JSON.stringify({ n, name: 'ü'.repeat(n % 300) }));
  assert.ok(isLarge(members));
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

test('is nothing for what is small, and whole when it is empty', async () => {
  assert.not(isLarge(['{}', '{}']));
  const text = await new Response(inPieces(listPieces('[', [], ']'))).text();
  assert.is(text, '[]');
});

test.run();
