/**
 * Ends a run of tests whose event loop turns no more: code under test that waits in a circle lets no timer fire, so that
 * nothing in the loop itself could name the test. A thread beside it looks whether the loop still turns, by the processor
 * time that went by: on a busy machine a loop may stand still for minutes and be sound.
 */
import { Worker } from 'node:worker_threads';

/** Processor time of the whole process, in one turn. The longest sound turn takes a few seconds. */
const LONGEST_TURN_MS = 60_000;
const LONGEST_NAME = 1_000;

const CODE = `
  const { workerData: { turns, name, longest } } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1_000; };
  let seen = -1, since = used();
  setInterval(() => {
    const turn = Atomics.load(turns, 0);
    if (turn !== seen) { seen = turn; since = used(); return; }
    if (used() - since < longest) return;
    const where = Buffer.from(name).toString('utf8').replace(/\\0+$/, '');
    writeSync(2, '\\n   FAIL  "' + where + '"\\n    the event loop has not turned for ' + longest / 1_000 + ' s of processor time\\n\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 500);
`;

/** @returns what is to be called with the name of the test that runs, whenever it changes */
export function watchLoop(longest = LONGEST_TURN_MS): (where: string) => void {
  if ('Deno' in globalThis || 'Bun' in globalThis) return () => undefined;
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const name = new Uint8Array(new SharedArrayBuffer(LONGEST_NAME));
  setInterval(() => Atomics.add(turns, 0, 1), 500).unref();
  new Worker(CODE, { eval: true, execArgv: [], workerData: { turns, name, longest } }).unref();
  return (where) => {
    name.fill(0);
    name.set(Buffer.from(where).subarray(0, LONGEST_NAME));
  };
}
