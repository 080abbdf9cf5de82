import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** What `server/cli/demo.ts` exports. */
interface DemoModule {
  demo(args: readonly string[], terminal: Terminal): Promise<void>;
}

export function declareDemo(parent: Command, terminal: Terminal): void {
  parent
    .command('demo')
    .summary('see it work: a service, agents, owners and a fault')
    .description(
      'Start a service of its own with agents, owners and a fault, and show what is pushed. Nothing is kept.',
    )
    .argument('[args...]', 'passed on to the demonstration')
    .allowUnknownOption()
    .addHelpText('after', '\nExamples:\n  $ hostbeat demo')
    .action(async (args: readonly string[]) => {
      const file = new URL('../demo.ts', import.meta.url).href;
      const { demo } = (await import(file)) as DemoModule;
      if (typeof demo !== 'function')
        throw new CliError(EXIT.internal, 'the demonstration is not part of this build.');
      await demo(args, terminal);
    });
}
