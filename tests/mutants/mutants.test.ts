import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'uvu/parse';
import { MUTANTS } from './all.ts';
import { mutated } from './mutant.ts';

const root = join(import.meta.dirname, '../..');

const test = suite('mutants');

test('every mutant still applies to the code, exactly once, and is a program', () => {
  const wrong = MUTANTS.flatMap((mutant) => {
    const path = join(root, mutant.file);
    if (!existsSync(path)) return [`mutant "${mutant.promise}": there is no file ${mutant.file}`];
    try {
      transformSync(mutated(readFileSync(path, 'utf8'), mutant), { loader: 'ts', logLevel: 'silent' });
      return [];
    } catch (error) {
      return [`${mutant.promise}: ${(error as Error).message}`];
    }
  });
  assert.equal(wrong, []);
});

test('every mutant names test files that exist, or the simulation', async () => {
  const { suites } = await parse(join(root, 'tests'), /\.test\.ts$/);
  const wrong = MUTANTS.flatMap(({ promise, suites: words, sim }) => {
    if (words.length === 0 && sim === undefined) return [`${promise}: names no suite`];
    return words
      .filter((word) => !suites.some(({ name }) => name.includes(word)))
      .map((word) => `${promise}: no test file matches ${word}`);
  });
  assert.equal(wrong, []);
});

test('no two mutants have the same promise', () => {
  const names = MUTANTS.map(({ promise }) => promise);
  assert.equal(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

test('there are at least 250', () => {
  assert.ok(MUTANTS.length >= 250, `there are ${MUTANTS.length}`);
});

test.run();
