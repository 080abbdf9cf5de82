/** What a run of mutants says of itself. */
import { folderOf, type Mutant } from './mutant.ts';
import type { KeptOutcome } from './outcomes.ts';
import { type Outcome, SIMULATED_LIVES } from './trial.ts';

export interface Result {
  readonly mutant: Mutant;
  readonly outcome: Pick<Outcome, 'result' | 'by'>;
}

export function lineOf({ mutant, outcome: { result, by } }: Result): string {
  const what = `${mutant.file}: ${mutant.promise}`;
  if (result === 'survived') return `${isEquivalent(mutant) ? 'equivalent' : 'SURVIVED'}: ${what}`;
  return `${result}: ${what}\n    by ${by.slice(0, 200)}`;
}

/** Prints the score by folder, and the survivors. @returns how many survived */
export function printSummary(results: readonly Result[], untried: number): number {
  const counted = results.filter(
    ({ mutant, outcome }) => !(outcome.result === 'survived' && isEquivalent(mutant)),
  );
  const of = (result: Outcome['result']) => counted.filter(({ outcome }) => outcome.result === result);
  const bySimulation = counted.filter(({ outcome }) => outcome.by.startsWith('the simulation')).length;
  console.log('');
  for (const folder of [...new Set(counted.map(({ mutant }) => folderOf(mutant)))].sort()) {
    const those = counted.filter(({ mutant }) => folderOf(mutant) === folder);
    console.log(`  ${folder.padEnd(12)} ${those.filter(isNoticed).length} of ${those.length}`);
  }
  for (const { mutant } of of('survived')) console.log(`SURVIVED ${mutant.file}: ${mutant.promise}`);
  for (const { mutant, outcome } of of('broken'))
    console.log(`BROKEN ${mutant.file}: ${mutant.promise} (${outcome.by})`);
  const noticed = counted.filter(isNoticed).length;
  const percent = counted.length === 0 ? 100 : Math.floor((100 * noticed) / counted.length);
  console.log(
    `${noticed} of ${counted.length} faults noticed (${percent} %), ${bySimulation} of them by the simulation (${SIMULATED_LIVES} lives), ${of('hung').length} because a suite hung; ${results.length - counted.length} equivalent, ${untried} not tried`,
  );
  return of('survived').length;
}

/** The table of docs/testing.md: by folder, what is known of every mutant. */
export function tableOf(
  mutants: readonly Mutant[],
  outcomeOf: (mutant: Mutant) => KeptOutcome | undefined,
): string {
  const row = (name: string, those: readonly Mutant[]) => {
    const tried = those.flatMap((mutant) => {
      const outcome = outcomeOf(mutant);
      return outcome === undefined ? [] : [{ mutant, outcome }];
    });
    const noticed = tried.filter(isNoticed).length;
    const equivalent = tried.filter(
      ({ mutant, outcome }) => outcome.result === 'survived' && isEquivalent(mutant),
    ).length;
    const dates = tried.map(({ outcome }) => outcome.date).sort();
    const when = [...new Set([dates.at(0), dates.at(-1)])].join(' to ');
    return `| ${[name, those.length, noticed, tried.length - noticed - equivalent, equivalent, those.length - tried.length, when].join(' | ')} |`;
  };
  const folders = [...new Set(mutants.map(folderOf))].sort();
  return [
    '| folder | faults | noticed | not noticed | equivalent | not tried | tried |',
    '|---|---|---|---|---|---|---|',
    ...folders.map((folder) =>
      row(
        folder,
        mutants.filter((mutant) => folderOf(mutant) === folder),
      ),
    ),
    row('all', mutants),
  ].join('\n');
}

function isNoticed({ outcome }: Result): boolean {
  return outcome.result === 'killed' || outcome.result === 'hung';
}

function isEquivalent({ equivalent }: Mutant): boolean {
  return equivalent !== undefined;
}
