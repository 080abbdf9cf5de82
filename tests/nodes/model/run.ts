/** Prints what the model finds with all guards, and the shortest way to a broken promise without each: `npx tsx tests/nodes/model/run.ts`. */
import { check } from './check.ts';
import { GUARDS, type Guard, silenceModel } from './silence.ts';

const MOST_STATES = 3_000_000;

for (const without of [undefined, ...(Object.keys(GUARDS) as Guard[])]) {
  const { states, steps, trace } = check(silenceModel({ nodes: 2, faults: 1, without }), MOST_STATES);
  console.log(without === undefined ? 'with all guards' : `\nnot so: ${GUARDS[without]}`);
  console.log(`${states} states, ${steps} steps, ${trace === undefined ? 'nothing breaks' : 'it breaks:'}`);
  for (const line of trace ?? []) console.log(`  ${line}`);
}
