import type { Command } from 'commander';
import type { Terminal } from '../support/terminal.ts';

export function declarePolicy(parent: Command, terminal: Terminal): void {
  const policy = parent
    .command('policy')
    .summary('look at who may do what')
    .description(
      'Look at the rules of the compute API: whether a policy file is right, and what is in force with it.',
    )
    .addHelpText(
      'afterAll',
      `
FILE is that of HOSTBEAT_POLICY_FILE where none is named; without either there are only the defaults.

Examples:
  $ hostbeat policy check policy.yaml
  $ hostbeat policy print | grep host_status
  $ hostbeat policy print --changed policy.yaml`,
    );
  policy
    .command('check [FILE]')
    .description(
      'Read a policy file as serve would. Ends with 65 and says line and reason of every error if it cannot be used; rules that nothing asks for are named, and so is what is closed because it cannot be known here.',
    )
    .action(async (file: string | undefined) => {
      const { checkPolicy } = await import('./run.ts');
      checkPolicy(file, terminal);
    });
  policy
    .command('print [FILE]')
    .description(
      'Print every rule with its check, as a policy file: those of the file, under their new names where Nova renamed them, and the defaults of the rest. What is closed because it cannot be known stands above as a comment.',
    )
    .option('--changed', 'only the rules that differ from their default')
    .action(async (file: string | undefined, options: { changed?: boolean }) => {
      const { printPolicy } = await import('./run.ts');
      printPolicy(file, options, terminal);
    });
}
