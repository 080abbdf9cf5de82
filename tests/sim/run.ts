/** `npm run sim -- [--seed N] [--seeds N] [--from N]`: one world told in full, or many and only what they broke. */
import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    'until-one-fails': { type: 'boolean', default: false },
  },
});

if (values.seed !== undefined) {
  const outcome = await simulate(Number(values.seed), (line) => console.log(line));
  console.log(outcome);
  process.exit(outcome.violations.length > 0 ? 1 : 0);
}
const from = Number(values.from);
const began = performance.now();
let acts = 0;
let rows = 0;
let crashes = 0;
const failed: number[] = [];
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const outcome = await simulate(seed);
  acts += outcome.acts;
  rows += outcome.rows;
  crashes += outcome.crashes;
  if (outcome.violations.length === 0) continue;
  failed.push(seed);
  const { rule, what } = outcome.violations[0] as (typeof outcome.violations)[0];
  console.log(`seed ${seed}: ${rule}: ${what}`);
  if (values['until-one-fails']) break;
}
const seconds = (performance.now() - began) / 1_000;
console.log(
  `${values.seeds} seeds in ${seconds.toFixed(1)} s: ${acts} acts, ${rows} commits of services, ${crashes} crashes, ${failed.length} failed`,
);
process.exit(failed.length > 0 ? 1 : 0);
