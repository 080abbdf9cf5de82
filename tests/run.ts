/**
 * Runs the tests under Node: every `*.test.ts` below `tests`, or only those whose path holds one of the words given.
 * Exits non-zero if one fails, or if none ran. Properties are tried on the same draws each time: HOSTBEAT_TEST_SEED=N
 * gives others.
 */
import '../server/runtime/supported.mjs';
import fc from 'fast-check';
import { parse } from 'uvu/parse';
import { run } from 'uvu/run';

fc.configureGlobal({ seed: Number(process.env.HOSTBEAT_TEST_SEED ?? 1) });
const bail = process.argv.includes('--bail');
const words = process.argv.slice(2).filter((word) => word !== '--bail');
const { suites } = await parse('tests', /\.test\.ts$/);
const chosen = suites.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`);
  process.exit(1);
}
// uvu drops what a hook throws before the first test, and calls the suite good: its own count is the only trace.
let unrun = 0;
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = ((text: string, ...rest: []) => {
  const [, done, all] = /\((\d+) \/ (\d+)\)/.exec(text) ?? [];
  if (Number(done) < Number(all)) unrun += Number(all) - Number(done);
  return write(text, ...rest);
}) as typeof process.stdout.write;
await run(chosen, { bail, cwd: process.cwd(), require: [], ignore: [] } as never);
process.stdout.write = write;
if (unrun > 0 && !process.exitCode) {
  console.error(`${unrun} tests did not run: a "before" of their suite failed`);
  process.exitCode = 1;
}

// Tests that are over but leave a socket or a process open would hang whoever waits for them.
setTimeout(() => {
  const open = [...new Set(process.getActiveResourcesInfo())].join(', ');
  console.error(`the tests are over and something is still open, and the run fails for it: ${open}`);
  process.exit(1);
}, 60_000).unref();
