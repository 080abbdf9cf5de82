/**
 * The judge can be trusted only if it can say no: each guard is taken out of the code, as it is loaded, in a process
 * of its own, and the simulation must notice within the seeds that are named there, and by the guarantee it breaks.
 */
import { join } from 'node:path';
import { runNode } from './children.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

const here = import.meta.dirname;

async function isNoticed({ name, from = 1, within, breaks }: Mutant): Promise<boolean> {
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
  const { said } = await runNode(args, { HOSTBEAT_SIM_MUTANT: name });
  const noticed = new RegExp(`^seed \\d+: ${breaks}.*$`, 'm').exec(said)?.[0];
  console.log(
    `${noticed === undefined ? 'NOT NOTICED' : 'noticed'}: ${name}\n  ${noticed?.slice(0, 160) ?? said}`,
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
