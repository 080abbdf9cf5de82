import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'uvu/parse';
import { MUTANTS } from './all.ts';
import { choose } from './choose.ts';
import { type Mutant, mutated } from './mutant.ts';
import { Outcomes } from './outcomes.ts';
import { KEPT } from './promises.ts';
import { testFilesOf } from './test-files.ts';

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

test('every promise that nothing noticed once has faults, and none of them survived', () => {
  const outcomes = new Outcomes();
  const byPromise = new Map(MUTANTS.map((mutant) => [mutant.promise, mutant]));
  const wrong = Object.values(KEPT)
    .flat()
    .flatMap(({ faults }) => faults)
    .flatMap((fault) => {
      const mutant = byPromise.get(fault);
      if (mutant === undefined) return [`there is no fault "${fault}"`];
      if (mutant.equivalent !== undefined) return [`nothing can notice "${fault}"`];
      return outcomes.of(mutant)?.result === 'survived' ? [`nothing noticed "${fault}"`] : [];
    });
  assert.equal(wrong, []);
});

test('there are at least 250', () => {
  assert.ok(MUTANTS.length >= 250, `there are ${MUTANTS.length}`);
});

const MUTANT: Mutant = {
  promise: 'a promise that only this test has',
  file: 'server/hub/connection/connections.ts',
  edits: [['one', 'other']],
  suites: ['hub/', 'rights/'],
};

test('a test file that noticed a mutant once is tried first, then the quick ones', () => {
  const all = ['hub/forgery.test.ts', 'hub/abuse.test.ts', 'rights/table.test.ts', 'nova/golden.test.ts'];
  const durations = new Map([
    ['hub/forgery.test.ts', 900],
    ['hub/abuse.test.ts', 100],
  ]);
  assert.equal(testFilesOf(MUTANT, all, 'rights/table.test.ts', durations), [
    'rights/table.test.ts',
    'hub/abuse.test.ts',
    'hub/forgery.test.ts',
  ]);
  const named = [...all, 'hub/connection/place.test.ts', 'hub/connection/connections.test.ts'];
  assert.equal(testFilesOf(MUTANT, named, undefined, durations).slice(0, 2), [
    'hub/connection/connections.test.ts',
    'hub/connection/place.test.ts',
  ]);
});

test('an outcome counts only for the edits that were tried', () => {
  const outcomes = new Outcomes();
  outcomes.set(MUTANT, { result: 'killed', by: 'a test' }, '2026-01-31');
  assert.is(outcomes.of(MUTANT)?.date, '2026-01-31');
  assert.is(outcomes.of({ ...MUTANT, edits: [['one', 'another']] }), undefined);
});

test('a sample is the same for the same seed, and none is drawn twice', () => {
  const draw = (seed: number) =>
    choose(MUTANTS, { folders: [], changed: false, matching: [], sample: 40, seed }).map(
      ({ promise }) => promise,
    );
  assert.equal(draw(7), draw(7));
  assert.not.equal(draw(7), draw(8));
  assert.is(new Set(draw(7)).size, 40);
});

test.run();
