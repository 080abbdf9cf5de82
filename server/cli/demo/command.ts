import type { Command } from 'commander';
import type { Terminal } from '../support/terminal.ts';

/** The exports of `server/cli/demo/run.ts`. */
interface DemoModule {
  demo(args: readonly string[], terminal: Terminal): Promise<void>;
}

export function declareDemo(parent: Command, terminal: Terminal): void {
  parent
    .command('demo')
    .summary('see it work: a service, agents, owners and a fault')
    .description(
      'Start a temporary service with agents, owners and a fault, and show what is pushed. Nothing is kept.',
    )
    .addHelpText('after', '\nExamples:\n  $ hostbeat demo')
    .action(async () => {
      // Imported by a computed path: the demo runs commands of this program itself, which would be a circle of imports.
      const { demo } = (await import(new URL('./run.ts', import.meta.url).href)) as DemoModule;
      await demo([], terminal);
    });
}
