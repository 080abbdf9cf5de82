/**
 * Runs the tests under Node: every `*.test.ts` below `tests`, or only those whose path holds one of the words given; a word after
 * `!` leaves out the files that it names.
 * Exits non-zero if one fails, or if none ran; `--bail` ends with the first suite that fails, `--first` at once with the first test that
 * does, which it can only number. Properties are tried on
 * the same cases each time: HOSTBEAT_TEST_SEED=N draws others, HOSTBEAT_TEST_SEED=random other ones each time.
 */
import '../server/runtime/supported.mjs';
import * as nodeModule from 'node:module';
import fc from 'fast-check';
import { parse } from 'uvu/parse';
import { run } from 'uvu/run';
import { watchLoop } from './loop-watchdog.ts';
import { RunProgress } from './support/run-progress.ts';
import { renewPatience } from './support/within.ts';

/** Longer than the longest wait of one test. */
const LONGEST_SILENCE_MS = 180_000;
const LONGEST_END_MS = 60_000;

const bail = process.argv.includes('--bail');
const first = process.argv.includes('--first');
const words = process.argv.slice(2).filter((word) => word !== '--bail' && word !== '--first');
const { suites } = await parse('tests', /\.test\.ts$/);
const wanted = words.filter((word) => !word.startsWith('!'));
const leftOut = words.filter((word) => word.startsWith('!')).map((word) => word.slice(1));
const chosen = suites.filter(
  ({ name }) =>
    (wanted.length === 0 || wanted.some((word) => name.includes(word))) &&
    !leftOut.some((word) => name.includes(word)),
);
if (chosen.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`);
  process.exit(1);
}

// What a hook throws is printed: uvu would drop it.
const inFront = new URL('./support/named-hooks.ts', import.meta.url).href;
nodeModule.registerHooks?.({
  resolve: (specifier, context, next) =>
    specifier === 'uvu' && context.parentURL?.endsWith('.test.ts')
      ? next(inFront, context)
      : next(specifier, context),
});

const progress = new RunProgress();
const runs = watchLoop();
let isOver = false;
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = ((text: string, ...rest: []) => {
  const { file, where, silentMs } = progress;
  progress.printed(String(text));
  if (progress.file !== file) renewPatience();
  runs(progress.where);
  if (first && progress.isFailure(String(text))) endAt(where, silentMs);
  return write(text, ...rest);
}) as typeof process.stdout.write;

const asked = process.env.HOSTBEAT_TEST_SEED ?? '1';
const seed = asked === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(asked);
if (asked === 'random') console.log(`properties are tried with HOSTBEAT_TEST_SEED=${seed}`);
fc.configureGlobal({
  seed,
  reporter: (details) => {
    if (!details.failed) return;
    const replay = `HOSTBEAT_TEST_SEED=${seed} npm test -- ${progress.file}`;
    const { errorInstance: cause } = details;
    const why = cause instanceof Error ? `\nbecause: ${cause.message}` : '';
    throw new Error(`${fc.defaultReportMessage(details)}${why}\nto try the same again: ${replay}`, { cause });
  },
});

/** An error in a listener, or an unhandled rejection, fails the test that runs and not the whole run. */
let strays = 0;
const stray = (error: unknown) => {
  strays += 1;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  progress.failed.add(progress.file);
  console.error(`\n   FAIL  "${progress.where}"\n    was thrown outside of the test: ${text}\n`);
  if (bail) process.exit(1);
};
process.on('uncaughtException', stray);
process.on('unhandledRejection', stray);

function endAt(where: string, ms: number): never {
  console.error(`\n   FAIL  "${where}"\n    after ${Math.round(ms)} ms\n`);
  isOver = true;
  process.exit(1);
}

const watchdog = setInterval(() => {
  if (progress.silentMs < LONGEST_SILENCE_MS) return;
  console.error(`\n   FAIL  "${progress.where}"\n    has not ended for ${LONGEST_SILENCE_MS / 1_000} s\n`);
  process.exit(1);
}, 1_000);
watchdog.unref();
process.on('exit', () => {
  if (isOver) return;
  console.error(`\n   FAIL  "${progress.where}"\n    waits for something that can no longer happen\n`);
  process.exitCode = 1;
});

try {
  await run(chosen, { bail, cwd: process.cwd(), require: [], ignore: [] } as never);
} catch (error) {
  stray(error);
}
// What the last hook threw is counted in the turn after it.
await new Promise((then) => setImmediate(then));
isOver = true;
clearInterval(watchdog);
process.stdout.write = write;
// uvu drops an error of a hook before the first test, and calls the suite good: its own count is the only trace.
if (progress.missing > 0 && !process.exitCode) {
  console.error(`${progress.missing} tests did not run: a "before" of their suite failed`);
  process.exitCode = 1;
}
if (strays > 0) {
  console.error(`${strays} errors were thrown outside of the tests, as shown above`);
  process.exitCode = 1;
}

// To run them again: `npm test -- FILE…`.
if (process.exitCode && progress.failed.size > 0)
  console.log(`failed files: ${[...progress.failed].join(' ')}`);

// Finished tests that leave a socket or a process open would block the program that waits for the run. A failed test
// may have left something, and its failure is what counts.
setTimeout(
  () => {
    if (!process.exitCode) {
      const open = [...new Set(process.getActiveResourcesInfo())].join(', ');
      console.error(`the tests are over and something is still open, and the run fails for it: ${open}`);
    }
    process.exit(1);
  },
  process.exitCode ? 1_000 : LONGEST_END_MS,
).unref();
