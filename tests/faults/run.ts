/**
 * Real faults on real processes: every `*.fault.ts` beside this file, or those whose name holds one of the words
 * given. `--long` is the full form: 200 kills instead of a few, and pauses of minutes. Each prints what it did and
 * which invariants were checked, over how much evidence.
 *
 * They wait more than they work, so several run side by side, each in a process of its own.
 */
import '../../server/runtime/supported.mjs';
import process from 'node:process';
import { parse } from 'uvu/parse';
import { run } from 'uvu/run';
import { runNode } from '../sim/children.ts';
import { TOO_SLOW } from './support/form.ts';

/** More of them, and two cores are too few to report in time for all their agents. */
const AT_ONCE = 3;
/** The longest begin first. */
const LONGEST = ['stop', 'clock', 'disk'];

const given = process.argv.slice(2);
if (given.includes('--long')) process.env.HOSTBEAT_FAULTS_LONG = '1';
const words = given.filter((word) => !word.startsWith('--'));
const { suites } = await parse('tests/faults', /\.fault\.ts$/);
// The whole name means this one: `lock.fault.ts` is also in `clock.fault.ts`.
const chosen = suites.filter(
  ({ name }) =>
    words.length === 0 ||
    (words.length === 1 && suites.some((one) => one.name === words[0])
      ? name === words[0]
      : words.some((word) => name.includes(word))),
);
if (chosen.length === 0) {
  console.error(`no fault matches ${words.join(' ')}`);
  process.exit(1);
}
if (chosen.length === 1) {
  await run(chosen, { bail: false, cwd: process.cwd(), require: [], ignore: [] } as never);
} else {
  const waiting = chosen.map(({ name }) => name).sort((a, b) => rank(a) - rank(b));
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const began = performance.now();
      let { code, said } = await attempt(name, 1);
      // It must hold where there is time enough.
      if (code !== 0 && said.includes(TOO_SLOW)) ({ code, said } = await attempt(name, 3));
      const seconds = Math.round((performance.now() - began) / 1_000);
      process.stdout.write(`${said.trimEnd()}\n  (${name}: ${seconds} s)\n\n`);
      if (code !== 0) process.exitCode = 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** @param pace how many times slower than usual, for a machine that does much else */
function attempt(name: string, pace: number) {
  const env = { HOSTBEAT_FAULTS_PACE: `${pace}` };
  return runNode([...process.execArgv, process.argv[1] as string, name], env);
}

function rank(name: string): number {
  const place = LONGEST.findIndex((word) => name.startsWith(word));
  return place === -1 ? LONGEST.length : place;
}
