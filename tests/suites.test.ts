import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** uvu passes over a suite whose run() was forgotten, in silence and with exit code 0. This is what catches it. */
const test = suite('suites');

test('every suite that a test file makes is run', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(test|contract)\.ts$/.test(name),
  );
  const idle = files.flatMap((name) => {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8');
    const made = [...text.matchAll(/const (\w+) = suite(?:<[^>]*>)?\(/g)].map((match) => match[1]);
    const forgotten = made.filter((variable) => !new RegExp(`\\b${variable}\\.run\\(\\)`).test(text));
    const empty = name.endsWith('.test.ts') && made.length === 0 && !/\b\w+Contract\(/.test(text);
    return [
      ...forgotten.map((variable) => `${name}: ${variable}.run() is missing`),
      ...(empty ? [`${name}: runs nothing`] : []),
    ];
  });
  assert.equal(idle, []);
});

test.run();
