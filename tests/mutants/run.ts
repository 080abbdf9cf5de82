/**
 * `npm run test:mutants` puts every known fault into a copy of the code, one at a time, and reports which of them the
 * tests do not notice. Exits non-zero if one survives that is not marked as equivalent.
 *
 *   --folder hub      only the faults of this folder of the code; may be given several times; --room is the same
 *   --changed         those in files that changed recently, in random order; where none did, all of them
 *   --sample N        N of them, drawn at random; --seed N draws the same again
 *   --matching TEXT   only faults whose file or promise contains this; may be given several times
 *   --unrun           only faults without a kept outcome, or with one that was no notice
 *   --known           only faults that were noticed when they were last tried
 *   --before DATE     only faults that were last tried before this day
 *   --keep            write each outcome into outcomes.jsonl, and their table into docs/testing.md
 *   --minutes N       end after N minutes; a trial that is not over counts as not tried
 *   --workers N       copies of the tree that are tried at the same time (1)
 *   --no-sim          do not ask the simulation about survivors
 *   --list            print the faults and try none
 */
import { parseArgs } from 'node:util';
import { MUTANTS } from './all.ts';
import { choose } from './choose.ts';
import { folderOf, type Mutant } from './mutant.ts';
import { Outcomes } from './outcomes.ts';
import { writePage } from './page.ts';
import { lineOf, printSummary, type Result } from './report.ts';
import { endEverything } from './trial.ts';
import { Trials } from './trials.ts';
import { Workspace } from './workspace.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string', multiple: true, default: [] },
    room: { type: 'string', multiple: true, default: [] },
    changed: { type: 'boolean', default: false },
    matching: { type: 'string', multiple: true, default: [] },
    unrun: { type: 'boolean', default: false },
    known: { type: 'boolean', default: false },
    before: { type: 'string' },
    keep: { type: 'boolean', default: false },
    sample: { type: 'string' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    workers: { type: 'string', default: '1' },
    'no-sim': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

const today = new Date().toISOString().slice(0, 10);
/** The same all day, so that a failure can be tried again. */
const seed = Number(values.seed ?? today.replaceAll('-', ''));
const outcomes = new Outcomes();
const able = MUTANTS.filter((mutant) => {
  const kept = outcomes.of(mutant);
  if (values['no-sim'] && mutant.suites.length === 0) return false;
  if (values.unrun && (kept?.result === 'killed' || (kept !== undefined && mutant.equivalent))) return false;
  if (values.known && kept?.result !== 'killed') return false;
  return values.before === undefined || kept === undefined || kept.date < values.before;
});
const chosen = choose(able, {
  folders: [...values.folder, ...values.room],
  changed: values.changed,
  matching: values.matching,
  sample: values.sample === undefined ? undefined : Number(values.sample),
  seed,
});

if (values.list) {
  for (const mutant of chosen) console.log(`${folderOf(mutant)}  ${mutant.file}\n  ${mutant.promise}`);
  console.log(`${chosen.length} faults`);
} else if (chosen.length === 0) console.log('there is no such fault');
else process.exitCode = await tryAll();

async function tryAll(): Promise<number> {
  const began = performance.now();
  const latest =
    values.minutes === undefined ? Number.POSITIVE_INFINITY : began + Number(values.minutes) * 60_000;
  const trials = await Trials.begin(chosen, { simulate: !values['no-sim'], latest });
  const workspaces = Array.from({ length: Number(values.workers) }, () => new Workspace());
  const cleanUp = async () => {
    endEverything();
    for (const workspace of workspaces) workspace.remove();
    await trials.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void cleanUp().then(() => process.exit(130)));
  }
  console.log(`${chosen.length} of ${MUTANTS.length} faults, seed ${seed}`);
  const waiting = [...chosen];
  const results: Result[] = [];

  const work = async (workspace: Workspace) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      if (performance.now() > latest) return;
      const outcome = await trials.try(workspace, mutant, outcomes.of(mutant)?.file);
      if (outcome === undefined) continue;
      const result = { mutant, outcome };
      results.push(result);
      if (values.keep) keep(result);
      const perTrial = (performance.now() - began) / results.length;
      const left = Math.ceil((perTrial * waiting.length) / 60_000);
      console.log(`[${results.length}/${chosen.length}, ${left} min left] ${lineOf(result)}`);
    }
  };
  try {
    await Promise.all(workspaces.map(work));
  } finally {
    await cleanUp();
  }
  if (values.keep) writePage(outcomes);
  return printSummary(results, chosen.length - results.length) > 0 ? 1 : 0;
}

/** After each, so that nothing is lost when the run ends early. */
function keep({ mutant, outcome }: { readonly mutant: Mutant; readonly outcome: Result['outcome'] }): void {
  outcomes.set(mutant, outcome, today);
  outcomes.write(MUTANTS);
}
