/** Runs tests or the simulation in a copy of the tree and reads from what they print whether a fault was noticed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { SimulatedFault } from './mutant.ts';

export interface Outcome {
  /** `broken`: the mutant is no fault but a program that cannot run, and proves nothing. */
  readonly result: 'survived' | 'killed' | 'hung' | 'broken';
  /** What noticed it, for a person. */
  readonly by: string;
  /** The test file that noticed it. */
  readonly file?: string | undefined;
  /** How long the test that noticed it ran, where that is known. */
  readonly afterMs?: number | undefined;
}

const LONGEST_SIMULATION_MS = 300_000;
/** Too few for the rarest, enough for what a few lives in a hundred notice. */
export const SIMULATED_LIVES = 200;

/** Runs one test file, up to the first test that fails. */
export async function tryTestFile(
  folder: string,
  file: string,
  limitMs: number,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  const { code, said } = await run(
    folder,
    ['--import', 'tsx', 'tests/run.ts', '--first', file],
    limitMs,
    env,
  );
  if (code === 0) return { result: 'survived', by: '' };
  if (code === undefined) return { result: 'hung', by: file, file };
  const plain = said.replace(ANSI, '');
  const broken =
    /(ReferenceError|SyntaxError): .*(is not defined|Unexpected|has already been declared).*/.exec(
      plain,
    )?.[0];
  if (broken !== undefined) return { result: 'broken', by: `${file}: ${broken}` };
  const [, where] = /FAIL\s+"(.+)"/.exec(plain) ?? [];
  const last = plain.trim().split('\n').at(-1);
  const [, ms] = /^ +after (\d+) ms$/m.exec(plain) ?? [];
  const afterMs = ms === undefined ? undefined : Number(ms);
  return { result: 'killed', file, by: where ?? `${file}: ${last}`, afterMs };
}

/** Runs simulated lives, up to the first in which a guarantee is broken. */
export async function trySimulation(
  folder: string,
  { from = 1, within }: SimulatedFault = { breaks: '', within: SIMULATED_LIVES },
  limitMs = LONGEST_SIMULATION_MS,
): Promise<Outcome> {
  const args = [
    '--max-semi-space-size=64',
    'tests/sim/run.ts',
    '--bail',
    '--seeds',
    `${within}`,
    '--from',
    `${from}`,
  ];
  const { code, said } = await run(folder, args, Math.min(limitMs, LONGEST_SIMULATION_MS));
  if (code === 0) return { result: 'survived', by: '' };
  if (code === undefined) return { result: 'hung', by: 'the simulation' };
  return { result: 'killed', by: `the simulation: ${/^seed \d+: .*/m.exec(said)?.[0] ?? 'it ended early'}` };
}

const ANSI = new RegExp(`${String.fromCharCode(27)}\\[\\d*m`, 'g');

/** In a process group of its own, so that what the tests started ends with it. @returns no code if the time was up */
async function run(
  folder: string,
  args: readonly string[],
  limitMs: number,
  env = process.env,
): Promise<{ readonly code: number | undefined; readonly said: string }> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const endGroup = () => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // All of it has ended already.
    }
  };
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    endGroup();
  }, limitMs);
  running.add(endGroup);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(limit);
  running.delete(endGroup);
  endGroup();
  const [out, errors] = await said;
  return { code: isLate ? undefined : (code ?? 1), said: `${out}${errors}` };
}

const running = new Set<() => void>();

export function endEverything(): void {
  for (const end of running) end();
}
