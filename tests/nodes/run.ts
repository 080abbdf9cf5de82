/**
 * Worlds of several nodes in virtual time: `npm run sim:nodes -- --seeds N [--from N] [--shards N]`; `--seed N` prints one in
 * full; `--guards` first sees that worlds without a guard break.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { GUARDS, type Guard, runWorld } from './world/world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    shards: { type: 'string', default: '1' },
    without: { type: 'string' },
    guards: { type: 'boolean', default: false },
  },
});
/** Within so many worlds the lack of a guard must show. */
const SOON = 400;

async function breaks(without: Guard): Promise<number | undefined> {
  for (let seed = 1; seed <= SOON; seed++) {
    if ((await runWorld(seed, without)).violations.length > 0) return seed;
  }
  return undefined;
}

if (values.seed !== undefined) {
  const outcome = await runWorld(Number(values.seed), values.without as Guard | undefined, (line) =>
    console.log(line),
  );
  console.log(outcome);
  process.exitCode = outcome.violations.length > 0 ? 1 : 0;
} else {
  if (values.guards) {
    for (const guard of GUARDS) {
      const seed = await breaks(guard);
      console.log(
        seed === undefined ? `without ${guard}: nothing breaks` : `without ${guard}: seed ${seed} breaks`,
      );
      if (seed === undefined) process.exitCode = 1;
    }
  }
  const [from, seeds, shards] = [Number(values.from), Number(values.seeds), Number(values.shards)];
  if (shards > 1) {
    const size = Math.ceil(seeds / shards);
    const children = Array.from({ length: shards }, (_, n) =>
      spawn(
        process.execPath,
        [
          ...process.execArgv,
          process.argv[1] as string,
          '--seeds',
          `${size}`,
          '--from',
          `${from + n * size}`,
        ],
        {
          stdio: 'inherit',
        },
      ),
    );
    // All at once: the end of a child that ends while another is awaited would be missed, and then waited for without an end.
    const ends = await Promise.all(children.map((child) => once(child, 'exit')));
    if (ends.some(([code]) => code !== 0)) process.exitCode = 1;
  } else {
    let failed = 0;
    const began = performance.now();
    for (let seed = from; seed < from + seeds; seed++) {
      const { violations } = await runWorld(seed);
      if (violations.length === 0) continue;
      failed += 1;
      console.log(`seed ${seed}: ${violations.join('; ')}`);
    }
    const took = ((performance.now() - began) / 1_000).toFixed(1);
    console.log(`${seeds} worlds of nodes in ${took} s, ${failed} broken`);
    if (failed > 0) process.exitCode = 1;
  }
}
