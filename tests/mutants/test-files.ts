/** Which test files may notice a mutant, in the order in which they are tried. */
import { basename, dirname } from 'node:path';
import type { Mutant } from './mutant.ts';

/** How long a test file took, as far as it ran already, in milliseconds. */
export type Durations = ReadonlyMap<string, number>;

/** A guess for files that have not run yet. */
const TYPICAL_MS = 5_000;

/**
 * The file that noticed the mutant last time comes first, then those named as the mutant's file or its folder, then the
 * quick ones: most mutants are noticed by the first or second file.
 */
export function testFilesOf(
  { file, suites }: Mutant,
  all: readonly string[],
  noticedBy: string | undefined,
  durations: Durations,
): string[] {
  const distance = (name: string) => {
    if (name === noticedBy) return 0;
    if (basename(name).split('.')[0] === basename(file).split('.')[0]) return 1;
    if (dirname(file).endsWith(dirname(name))) return 2;
    return wordsOf(file).some((word) => basename(name).includes(word)) ? 2 : 3;
  };
  return all
    .filter((name) => suites.some((word) => name.includes(word)))
    .map((name) => ({ name, distance: distance(name), ms: durations.get(name) ?? TYPICAL_MS }))
    .sort((one, other) => one.distance - other.distance || one.ms - other.ms)
    .map(({ name }) => name);
}

/** Its own name and its folder's, which tests elsewhere may be named after. */
function wordsOf(file: string): string[] {
  return [basename(file, '.ts'), basename(dirname(file))].filter((word) => word.length > 3);
}

/** Tests that pass without having tried anything where no PostgreSQL is named. */
export function needsPostgres(name: string): boolean {
  return name.endsWith('.pg.test.ts');
}
