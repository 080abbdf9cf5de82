import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line } from './report.ts';

export interface Kept {
  readonly date: string;
  readonly lines: readonly Line[];
}

/** The newest run of a bench in `bench/results/`; undefined without one. */
export function lastKept(bench: string): Kept | undefined {
  const folder = join(import.meta.dirname, '../results');
  const files = readdirSync(folder).filter(
    (name) => /^\d{4}-\d\d-\d\d-/.test(name) && name.slice(11) === `${bench}.json`,
  );
  const newest = files.sort().at(-1);
  if (newest === undefined) return undefined;
  const { lines } = JSON.parse(readFileSync(join(folder, newest), 'utf8')) as { lines: Line[] };
  return { date: newest.slice(0, 10), lines };
}
