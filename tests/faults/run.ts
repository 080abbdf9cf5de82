/**
 * Real faults on real processes: every `*.fault.ts` beside this file, or those whose name holds one of the words
 * given. `--long` is the full form: 200 kills instead of a few, and pauses of a minute. Each prints what it did and
 * which invariants were checked, over how much evidence.
 */
import '../../server/runtime/supported.mjs';
import { parse } from 'uvu/parse';
import { run } from 'uvu/run';

const given = process.argv.slice(2);
if (given.includes('--long')) process.env.HOSTBEAT_FAULTS_LONG = '1';
const words = given.filter((word) => !word.startsWith('--'));
const { suites } = await parse('tests/faults', /\.fault\.ts$/);
const chosen = suites.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(`no fault matches ${words.join(' ')}`);
  process.exit(1);
}
await run(chosen, { bail: false, cwd: process.cwd(), require: [], ignore: [] } as never);
