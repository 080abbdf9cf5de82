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

// Tests that are over but leave a socket or a process open would hang whoever waits for them.
setTimeout(() => {
  const open = [...new Set(process.getActiveResourcesInfo())].join(', ');
  console.error(`the tests are over and something is still open, and the run fails for it: ${open}`);
  process.exit(1);
}, 15_000).unref();
