/**
 * The judge can be trusted only if it can say no: each guard is taken out of the code, as it is loaded, in a process
 * of its own, and the simulation must notice within the seeds that are named there, and by the guarantee it breaks.
 */
import { join } from 'node:path';
import { MUTANTS } from '../mutants/faults/simulation.ts';
import type { Mutant } from '../mutants/mutant.ts';
import { runNode } from './children.ts';

const here = import.meta.dirname;

async function isNoticed({ promise, sim }: Mutant): Promise<boolean> {
  if (sim === undefined) throw new Error(`mutant "${promise}" does not say what the simulation must notice`);
  const { breaks, from = 1, within } = sim;
  const args = [
    '--import',
    join(here, 'mutate.ts'),
    join(here, 'run.ts'),
    '--seeds',
    `${within}`,
    '--from',
    `${from}`,
    '--until',
    breaks,
  ];
  const { said } = await runNode(args, { HOSTBEAT_SIM_MUTANT: promise });
  const noticed = new RegExp(`^seed \\d+: ${breaks}.*$`, 'm').exec(said)?.[0];
  console.log(
    `${noticed === undefined ? 'NOT NOTICED' : 'noticed'}, broken: ${promise}\n  ${noticed?.slice(0, 160) ?? said}`,
  );
  return noticed !== undefined;
}

/** @returns how many went unnoticed */
export async function checkGuards(atOnce: number): Promise<number> {
  const waiting = [...MUTANTS];
  let unnoticed = 0;
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
      if (!(await isNoticed(mutant))) unnoticed++;
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return unnoticed;
}
