/**
 * The judge can be trusted only if it can say no: each guard is taken out of the code, as it is loaded, in a process
 * of its own, and the simulation must notice within a hundred seeds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MUTANTS, type Mutant } from './mutants.ts';

const test = suite('simulation, with a guard taken out');

async function judged({ name, within }: Mutant): Promise<string> {
  const args = ['--import', join(import.meta.dirname, 'mutate.ts'), join(import.meta.dirname, 'run.ts')];
  const child = spawn(process.execPath, [...args, '--seeds', `${within}`, '--until-one-fails'], {
    env: { ...process.env, NODE_OPTIONS: '', HOSTBEAT_SIM_MUTANT: name },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = text(child.stdout);
  await once(child, 'close');
  return said;
}

for (const mutant of MUTANTS)
  test(`it is noticed that ${mutant.name}`, async () => {
    // Hooks that change a source as it is loaded are Node's; what they show is no other elsewhere.
    if ('Deno' in globalThis) return;
    assert.match(await judged(mutant), /^seed \d+: G\d/m);
  });

test.run();
