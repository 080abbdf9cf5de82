/**
 * Bounds of time that the design of several nodes names, asserted on machines that have other work: a bound grows by half,
 * and as much as the machine lets programs wait for a processor.
 */
import process from 'node:process';
import * as assert from 'uvu/assert';

const SPIN_US = 60_000;
/** Beyond that a machine has too much other work to say anything. */
const MOST = 4;
/** Machines differ beside their other work: what was measured on one that is named stands in docs/scale.md. */
const SLOWER = 1.5;
/** What the measuring itself may add: polls, and the loop of this process, which is also 300 hosts and 60 owners. */
const MEASURING_MS = 600;

/** How many times longer work takes than its processor time, 1 on a quiet machine and 4 at most. */
export function contention(): number {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  let used = 0;
  while (used < SPIN_US) {
    const { user, system } = process.cpuUsage(cpu);
    used = user + system;
  }
  return Math.min(MOST, Math.max(1, ((performance.now() - began) * 1_000) / used));
}

/** Begins to measure. @returns ms since then, and the check of them against a bound */
export function stopwatch(): { elapsed(): number; check(what: string, took: number, bound: number): void } {
  const began = performance.now();
  let worst = contention();
  return {
    elapsed: () => Math.round(performance.now() - began),
    check(what, took, bound) {
      worst = Math.max(worst, contention());
      const allowed = Math.round(bound * worst * SLOWER + MEASURING_MS);
      console.log(`   ${what}: ${Math.round(took)} ms; bound ${bound} ms, here ${allowed} ms`);
      assert.ok(
        took <= allowed,
        `${what}: ${took} ms, more than ${allowed} ms (${bound} ms on a quiet machine)`,
      );
    },
  };
}
