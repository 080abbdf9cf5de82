import type { Command } from 'commander';
import type { Terminal } from '../support/terminal.ts';

export function declarePolicy(parent: Command, terminal: Terminal): void {
  const policy = parent
    .command('policy')
    .summary('show and check who may do what')
    .description('Check a policy file of the compute API, or print the rules in force.')
    .addHelpText(
      'afterAll',
      `
FILE defaults to HOSTBEAT_POLICY_FILE; without either, the defaults apply.

Examples:
  $ hostbeat policy check policy.yaml
  $ hostbeat policy print | grep host_status
  $ hostbeat policy print --changed policy.yaml`,
    );
  policy
    .command('check [FILE]')
    .description(
      'Read a policy file as serve would. Exits with 65 and gives line and reason of every error if it cannot be used. Also names rules that hostbeat never uses, and parts of rules that never match because hostbeat cannot know their value.',
    )
    .action(async (file: string | undefined) => {
      const { checkPolicy } = await import('./run.ts');
      checkPolicy(file, terminal);
    });
  policy
    .command('print [FILE]')
    .description(
      'Print every rule with its check, as a policy file: those of the file, under their new names where Nova renamed them, and the defaults of the rest. A comment marks the parts that never match because hostbeat cannot know their value.',
    )
    .option('--changed', 'only the rules that differ from their default')
    .action(async (file: string | undefined, options: { changed?: boolean }) => {
      const { printPolicy } = await import('./run.ts');
      printPolicy(file, options, terminal);
    });
}
