/**
 * `npm run sim -- --seed N` prints one world in full. `--seeds N [--from N] [--shards N]` runs many and prints only what
 * broke. `--guards` first sees that the judge can say no. `--table` counts what was done to the worlds; `--until G5`
 * ends with the first that breaks this guarantee, `--bail` with the first that breaks any.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { letNodeSpeak } from './children.ts';
import { checkGuards } from './guards.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    shards: { type: 'string', default: '1' },
    guards: { type: 'boolean', default: false },
    until: { type: 'string' },
    bail: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
  },
});
const seeds = Number(values.seeds);
const from = Number(values.from);
const shards = Number(values.shards);

if (values.seed !== undefined) process.exitCode = await tell(Number(values.seed));
else if (values.guards && (await checkGuards(Math.min(shards, availableParallelism()))) > 0)
  process.exitCode = 1;
else process.exitCode = shards > 1 ? await share() : await runAll();

async function tell(seed: number): Promise<number> {
  const outcome = await simulate(seed, (line) => console.log(line));
  console.log(outcome);
  return outcome.violations.length > 0 ? 1 : 0;
}

/** Every shard is a process of its own with its own stretch of seeds. */
async function share(): Promise<number> {
  const size = Math.ceil(seeds / shards);
  const script = process.argv[1] as string;
  const codes = await Promise.all(
    Array.from({ length: shards }, (_, shard) =>
      letNodeSpeak([
        script,
        '--seeds',
        `${Math.min(size, seeds - shard * size)}`,
        '--from',
        `${from + shard * size}`,
        ...(values.table ? ['--table'] : []),
      ]),
    ),
  );
  return codes.every((code) => code === 0) ? 0 : 1;
}

async function runAll(): Promise<number> {
  const began = performance.now();
  const failed: number[] = [];
  let acts = 0;
  let rows = 0;
  let crashes = 0;
  const injected = new Map<string, number>();
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await simulate(seed);
    acts += outcome.acts;
    rows += outcome.rows;
    crashes += outcome.crashes;
    for (const [what, times] of outcome.injected) injected.set(what, (injected.get(what) ?? 0) + times);
    const { violations } = outcome;
    const first = violations.find(({ rule }) => rule === values.until) ?? violations[0];
    if (first === undefined) continue;
    failed.push(seed);
    console.log(`seed ${seed}: ${first.rule}: ${first.what}`);
    console.log(`  npm run sim -- --seed ${seed}`);
    if (values.bail || values.until === first.rule) break;
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(
    `${seeds} seeds from ${from} in ${seconds} s: ${acts} acts, ${rows} commits of services, ${crashes} crashes, ${failed.length} failed`,
  );
  if (values.table)
    for (const [what, times] of [...injected].sort(([a], [b]) => a.localeCompare(b)))
      console.log(`${String(times).padStart(8)}  ${what}`);
  return failed.length > 0 ? 1 : 0;
}
