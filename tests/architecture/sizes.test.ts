import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** What a reader can take in at once: files in a folder, and lines in a file of the product. */
const MOST_FILES = 16;
const MOST_LINES = 320;

const root = resolve(import.meta.dirname, '../..');
const sources = ['server', 'db', 'client-sdk', 'bench', 'tests'].flatMap(sourcesBelow);

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(node_modules|dist)$/.test(entry.name) ? [] : sourcesBelow(path);
    return /\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

const test = suite('sizes');

test('no folder has more source files than a reader can take in', () => {
  const count = new Map<string, number>();
  for (const file of sources) count.set(dirname(file), (count.get(dirname(file)) ?? 0) + 1);
  const large = [...count]
    .filter(([, files]) => files > MOST_FILES)
    .map(([folder, files]) => `${folder} has ${files} source files; at most ${MOST_FILES}: part it by idea`);
  assert.equal(large, []);
});

test('no file of the product is longer than a reader can take in', () => {
  const long = sources
    .filter((file) => !file.startsWith('tests/'))
    .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ file, lines }) => `${file} has ${lines} lines; at most ${MOST_LINES}: part it by idea`);
  assert.equal(long, []);
});

test.run();
