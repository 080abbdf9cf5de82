import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** What holds for every test file. uvu silently skips a suite whose run() was forgotten, with exit code 0. */
const test = suite('suites');

test('every suite that a test file makes is run', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(test|contract)\.ts$/.test(name),
  );
  const idle = files.flatMap((name) => {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8');
    const made = [...text.matchAll(/const (\w+) = (?:suite|\w+Suite)(?:<[^>]*>)?\(/g)].map(
      (match) => match[1],
    );
    const forgotten = made.filter((variable) => !new RegExp(`\\b${variable}\\.run\\(\\)`).test(text));
    const empty = name.endsWith('.test.ts') && made.length === 0 && !/\b\w+Contract\(/.test(text);
    return [
      ...forgotten.map((variable) => `${name}: ${variable}.run() is missing`),
      ...(empty ? [`${name}: runs nothing`] : []),
    ];
  });
  assert.equal(idle, []);
});

/** What calls with a title look like: `test('…'`, and the names that suites give it. */
const TITLE =
  /\b(?:test|promise|skip|only|live)\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g;
const LONGEST_TITLE = 80;

test('every title fits on a line of 80 characters', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(test|contract|fault)\.ts$/.test(name),
  );
  const long = files.flatMap((name) =>
    [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(TITLE)]
      .map(([, single, double, template]) => (single ?? double ?? template ?? '').replace(/\$\{[^}]*\}/g, ''))
      .filter((title) => title.length > LONGEST_TITLE)
      .map((title) => `${name}: ${title.length} characters: ${title}`),
  );
  assert.equal(long, []);
});

test.run();
