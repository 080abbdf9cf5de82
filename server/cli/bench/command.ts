import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Terminal } from '../support/terminal.ts';

const folder = fileURLToPath(new URL('../../../bench', import.meta.url));

export function declareBench(parent: Command, terminal: Terminal): void {
  parent
    .command('bench')
    .summary('run a benchmark')
    .description('Run one of the benchmarks, in a process of its own. Without a name, list them.')
    .argument('[name]', 'file in bench/ without .ts, or a folder there with a run.ts')
    .argument('[args...]', 'passed on to the benchmark')
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText('after', '\nExamples:\n  $ hostbeat bench\n  $ hostbeat bench NAME --help')
    .action(async (name: string | undefined, args: readonly string[]) => {
      if (name === undefined)
        return terminal.out(
          benchmarks()
            .map((known) => `${known}\n`)
            .join(''),
        );
      if (!benchmarks().includes(name))
        throw new CliError(
          EXIT.usage,
          `there is no benchmark "${name}"; choose one of ${benchmarks().join(', ')}.`,
        );
      const file = existsSync(`${folder}/${name}.ts`) ? `${name}.ts` : `${name}/run.ts`;
      const child = spawn(process.execPath, [...typescript(), `${folder}/${file}`, ...args], {
        stdio: 'inherit',
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new CliError(EXIT.failed, `the benchmark ended with ${code ?? 'a signal'}.`);
    });
}

function benchmarks(): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => entry.endsWith('.ts') || existsSync(`${folder}/${entry}/run.ts`))
    .map((entry) => entry.replace(/\.ts$/, ''))
    .sort();
}

/** The arguments that this runtime needs before a TypeScript file. */
function typescript(): readonly string[] {
  if ('Deno' in globalThis) return ['run', '-A', '--quiet'];
  return process.features.typescript ? [] : ['--import', import.meta.resolve('tsx')];
}
