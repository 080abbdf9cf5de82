/**
 * `npm run test:mutants` puts every known fault into a copy of the code, one at a time, and reports which of them the
 * tests do not notice. Exits non-zero if one survives that is not marked as equivalent.
 *
 *   --folder hub      only the faults of this folder of the code; may be given several times; --room is the same
 *   --changed         only faults in files that changed since main or the last tag, in random order
 *   --sample N        N of them, drawn at random; --seed N draws the same again
 *   --matching TEXT   only faults whose file or promise contains this; may be given several times
 *   --minutes N       begin no further trial after N minutes
 *   --workers N       copies of the tree that are tried at the same time (1)
 *   --no-sim          do not ask the simulation about survivors
 *   --list            print the faults and try none
 */
import { parseArgs } from 'node:util';
import { MUTANTS } from './all.ts';
import { choose } from './choose.ts';
import { folderOf, type Mutant } from './mutant.ts';
import { endEverything, type Outcome, SIMULATED_LIVES, trySimulation, tryTests } from './trial.ts';
import { Workspace } from './workspace.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string', multiple: true, default: [] },
    room: { type: 'string', multiple: true, default: [] },
    changed: { type: 'boolean', default: false },
    matching: { type: 'string', multiple: true, default: [] },
    sample: { type: 'string' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    workers: { type: 'string', default: '1' },
    'no-sim': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

/** What the simulation runs at all. */
const SIMULATED = /^(server\/(domain|liveness|hub|stream|identity|start)|db|client-sdk\/src)\//;

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const able = values['no-sim'] ? MUTANTS.filter(({ suites }) => suites.length > 0) : MUTANTS;
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
} else if (chosen.length === 0) {
  console.log('no known fault is in these files');
} else process.exitCode = await tryAll();

async function tryAll(): Promise<number> {
  const began = performance.now();
  const latest =
    values.minutes === undefined ? Number.POSITIVE_INFINITY : began + Number(values.minutes) * 60_000;
  const workspaces = Array.from({ length: Number(values.workers) }, () => new Workspace());
  const cleanUp = () => {
    endEverything();
    for (const workspace of workspaces) workspace.remove();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      cleanUp();
      process.exit(130);
    });
  }
  console.log(`${chosen.length} of ${MUTANTS.length} faults, seed ${seed}`);
  const waiting = [...chosen];
  const results: { readonly mutant: Mutant; readonly outcome: Outcome }[] = [];
  /** By test file: whether it passes on the sound code. */
  const sound = new Map<string, Promise<Outcome>>();

  const work = async (workspace: Workspace) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      if (performance.now() > latest) return void waiting.push(mutant);
      const outcome = await tryOne(workspace, mutant, sound);
      results.push({ mutant, outcome });
      const perTrial = (performance.now() - began) / results.length;
      const left = Math.ceil((perTrial * (chosen.length - results.length)) / 60_000);
      console.log(`[${results.length}/${chosen.length}, ${left} min left] ${lineOf(mutant, outcome)}`);
    }
  };
  try {
    await Promise.all(workspaces.map(work));
  } finally {
    cleanUp();
  }
  return summary(results, waiting.length);
}

async function tryOne(
  workspace: Workspace,
  mutant: Mutant,
  sound: Map<string, Promise<Outcome>>,
): Promise<Outcome> {
  const { suites } = mutant;
  if (suites.length > 0) {
    const outcome = await workspace.with(mutant, () => tryTests(workspace.folder, suites));
    if (outcome.result !== 'survived') {
      // What fails on sound code too has noticed nothing.
      const words = outcome.file === undefined ? suites : [outcome.file];
      const key = words.join(' ');
      const baseline = sound.get(key) ?? tryTests(workspace.folder, words);
      sound.set(key, baseline);
      const { result, by } = await baseline;
      return result === 'survived' ? outcome : { result: 'broken', by: `fails without the fault too: ${by}` };
    }
  }
  if (values['no-sim'] || !SIMULATED.test(mutant.file)) return { result: 'survived', by: '' };
  return workspace.with(mutant, () => trySimulation(workspace.folder, mutant.sim));
}

function lineOf(mutant: Mutant, { result, by }: Outcome): string {
  const what = `${mutant.file}: ${mutant.promise}`;
  if (result === 'survived' && mutant.equivalent !== undefined) return `equivalent: ${what}`;
  if (result === 'survived') return `SURVIVED: ${what}`;
  return `${result}: ${what}\n    by ${by.slice(0, 200)}`;
}

function summary(
  results: readonly { readonly mutant: Mutant; readonly outcome: Outcome }[],
  untried: number,
): number {
  const counted = results.filter(
    ({ mutant, outcome }) => !(outcome.result === 'survived' && mutant.equivalent !== undefined),
  );
  const missed = counted.filter(({ outcome }) => outcome.result === 'survived');
  const broken = counted.filter(({ outcome }) => outcome.result === 'broken');
  const noticed = counted.length - missed.length - broken.length;
  const bySimulation = counted.filter(({ outcome }) => outcome.by.startsWith('the simulation')).length;
  const hung = counted.filter(({ outcome }) => outcome.result === 'hung').length;
  const folders = [...new Set(counted.map(({ mutant }) => folderOf(mutant)))].sort();
  console.log('');
  for (const folder of folders) {
    const those = counted.filter(({ mutant }) => folderOf(mutant) === folder);
    const dead = those.filter(({ outcome }) => outcome.result === 'killed' || outcome.result === 'hung');
    console.log(`  ${folder.padEnd(12)} ${dead.length} of ${those.length}`);
  }
  for (const { mutant } of missed) console.log(`SURVIVED ${mutant.file}: ${mutant.promise}`);
  for (const { mutant, outcome } of broken)
    console.log(`BROKEN ${mutant.file}: ${mutant.promise} (${outcome.by})`);
  const percent = counted.length === 0 ? 100 : Math.floor((100 * noticed) / counted.length);
  console.log(
    `${noticed} of ${counted.length} faults noticed (${percent} %), ${bySimulation} of them by the simulation (${SIMULATED_LIVES} lives), ${hung} because a suite hung; ${results.length - counted.length} equivalent, ${untried} not tried`,
  );
  return missed.length + broken.length > 0 ? 1 : 0;
}
