/** Sentences of PROTOCOL.md stand beside the tests that hold them; a sentence or a test that goes takes this one with it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HELD } from './sentences.ts';

const test = suite('sentences of PROTOCOL.md');
const TESTS = join(import.meta.dirname, '..');
const words = (text: string) => text.replace(/\s+/g, ' ');
const page = words(readFileSync(join(TESTS, '../client-sdk/protocol/PROTOCOL.md'), 'utf8'));

test('each sentence is on the page', () => {
  const missing = HELD.map(([sentence]) => sentence).filter((sentence) => !page.includes(words(sentence)));
  assert.equal(missing, []);
});

test('each has tests, and they are there by these titles', () => {
  const missing = HELD.flatMap(([sentence, ...tests]) => {
    assert.ok(tests.length > 0, sentence);
    return tests.filter((held) => {
      const [path = '', title = ''] = held.split(/: (.*)/s);
      const file = [`${path}.test.ts`, `${path}.ts`].map((name) => join(TESTS, name)).find(existsSync);
      // A title may be broken by a value, and a quotation mark escaped.
      return file === undefined || !readFileSync(file, 'utf8').toLowerCase().includes(title.toLowerCase());
    });
  });
  assert.equal(missing, []);
});

test.run();
