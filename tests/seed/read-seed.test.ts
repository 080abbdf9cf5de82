import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DomainError } from '../../server/domain/errors.ts';
import { parseSeed, readSeed } from '../../server/seed/read-seed.ts';

const test = suite('a seed that is read as it arrives');
const world = readFileSync(new URL('../nova/golden/world.json', import.meta.url), 'utf8');

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('a document read in pieces equals its text parsed whole', async () => {
  assert.equal(await readSeed(inChunks(world, 777)), parseSeed(world));
});

test('other work has its turn while a document is read', async () => {
  const id = (n: number) => `${n}`.padStart(8, '0').concat('-0000-4000-8000-000000000000');
  const instances = Array.from({ length: 5_000 }, (_, n) => ({ id: id(n), name: 'vm', project_id: 'p' }));
  let turns = 0;
  const count = () => {
    turns++;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const document = await readSeed(inChunks(JSON.stringify({ instances }), 1 << 24));
  clearImmediate(next);
  assert.is(document.instances.length, 5_000);
  assert.ok(turns > 2, `${turns} turns`);
});

for (const [what, text, message] of [
  ['an element of a list', '{"services":[{"host":"c1"},{"host":"c 2"}]}', /^services\[1\]\.host: /],
  ['broken JSON', '{"services":[{"host":"c1"},{host:1}]}', /not JSON: services\[1\]: /],
  ['a document that breaks off', '{"services":[', /not JSON: it ends in the middle/],
  [
    'U+0000',
    '{"users":[{"name":"a","password":"\\u0000b"}]}',
    /users\[0\]\.password contains the character U\+0000/,
  ],
  ['a name twice', '{"projects":[{"name":"a"},{"name":"a"}]}', /^projects\[1\]: "a" is declared twice/],
  ['something else than a list', '{"services":{"host":"c1"}}', /^services must be a list/],
  ['a note that is a list', '{"note":["a"]}', /^note must be a string/],
] as const) {
  test(`names the place of ${what}`, async () => {
    const refused = await readSeed(inChunks(text, 5)).catch((error: DomainError) => error);
    assert.is((refused as DomainError).code, 'invalid');
    assert.match((refused as DomainError).message, message);
  });
}

test('a document with one element that is too large is refused', async () => {
  const text = `{"note":"${'x'.repeat(1 << 20)}"}`;
  const refused = await readSeed(inChunks(text, 1 << 16)).catch((error: DomainError) => error);
  assert.match((refused as DomainError).message, /note is larger than 1048576 bytes/);
});

test.run();
