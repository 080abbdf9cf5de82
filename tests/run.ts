/**
 * Runs the tests under Node: every `*.test.ts` below `tests`, or only those whose path holds one of the words given.
 * Exits non-zero if one fails, or if none ran.
 */
import '../server/runtime/supported.mjs';
import { parse } from 'uvu/parse';
import { run } from 'uvu/run';

const words = process.argv.slice(2);
const { suites } = await parse('tests', /\.test\.ts$/);
const chosen = suites.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`);
  process.exit(1);
}
await run(chosen, { bail: false, cwd: process.cwd(), require: [], ignore: [] } as never);
