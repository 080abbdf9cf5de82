/** Which of the mutants are tried. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { folderOf, type Mutant } from './mutant.ts';

export interface Choice {
  readonly folders: readonly string[];
  readonly changed: boolean;
  readonly matching: readonly string[];
  readonly sample: number | undefined;
  readonly seed: number;
}

export function choose(
  mutants: readonly Mutant[],
  { folders, changed, matching, sample, seed }: Choice,
): Mutant[] {
  const wanted = mutants
    .filter((mutant) => folders.length === 0 || folders.includes(folderOf(mutant)))
    .filter(
      ({ promise, file }) =>
        matching.length === 0 || matching.some((text) => `${file} ${promise}`.includes(text)),
    );
  const files = changed ? changedFiles() : undefined;
  const those = wanted.filter(({ file }) => files === undefined || files.has(file));
  const chosen = those.length === 0 ? wanted : those;
  if (sample === undefined && !changed) return chosen;
  return shuffled(chosen, seed).slice(0, sample ?? chosen.length);
}

/** How far back changes count where this is main. */
const RECENT_COMMITS = 20;

/**
 * The files that differ from where this branch left main, or on main those of its last commits. @returns undefined, for
 * all, where there is no git or no such commit
 */
function changedFiles(): ReadonlySet<string> | undefined {
  const head = git('rev-parse', 'HEAD');
  const bases = [git('merge-base', 'HEAD', 'origin/main'), git('merge-base', 'HEAD', 'main')];
  const base =
    bases.find((commit) => commit !== undefined && commit !== head) ??
    git('rev-parse', '--verify', '--quiet', `HEAD~${RECENT_COMMITS}`);
  const names = base === undefined ? undefined : git('diff', '--name-only', base);
  return names === undefined ? undefined : new Set(names.split('\n'));
}

function git(...args: readonly string[]): string | undefined {
  try {
    const root = join(import.meta.dirname, '../..');
    return String(execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })).trim();
  } catch {
    return undefined;
  }
}

/** The same order for the same seed (mulberry32, Fisher-Yates). */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed;
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
