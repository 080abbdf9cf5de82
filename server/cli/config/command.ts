import type { Command } from 'commander';
import { addSettings, type Flags } from '../support/settings-flags.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareConfig(parent: Command, terminal: Terminal): void {
  const config = parent
    .command('config')
    .summary('show and check the settings of serve')
    .description('Show the settings that serve would use, check them, or print their reference.')
    .addHelpText(
      'afterAll',
      `
Examples:
  $ hostbeat config check --policy-file policy.yaml
  $ HOSTBEAT_SERVICE_DOWN_TIME=2 hostbeat config print --json
  $ hostbeat config doc > docs/configuration.md`,
    );
  addSettings(
    config
      .command('print')
      .description('Print every setting, its value and where it comes from; never a secret.'),
  )
    .option('--json', 'for programs')
    .action(async (flags: Flags & { json?: boolean }) => {
      const { printConfig } = await import('./run.ts');
      await printConfig(flags, terminal);
    });
  addSettings(
    config
      .command('check')
      .description(
        'Check every setting and the policy file, as serve would, and open nothing. Exits with 78 if one is wrong.',
      ),
  )
    .option('--strict', 'exit with 78 for a warning too, such as a variable that is not a setting')
    .action(async (flags: Flags & { strict?: boolean }) => {
      const { checkConfig } = await import('./run.ts');
      await checkConfig(flags, terminal);
    });
  config
    .command('doc')
    .description('Print the reference of all settings as Markdown.')
    .action(async () => {
      const { configurationDocument } = await import('../../config/doc.ts');
      terminal.out(configurationDocument());
    });
}
