/** Every mutant, those of the simulation first. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';

const folder = join(import.meta.dirname, 'faults');

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort();
const modules = await Promise.all(
  files.map((name) => import(join(folder, name)) as Promise<{ readonly MUTANTS: readonly Mutant[] }>),
);

export const MUTANTS: readonly Mutant[] = modules.flatMap(({ MUTANTS }) => MUTANTS);
