import type { Command } from 'commander';
import { addSettings, type Flags } from '../support/settings-flags.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareUpgrade(parent: Command, terminal: Terminal): void {
  const upgrade = parent
    .command('upgrade')
    .summary('what this version would do to your database and settings')
    .description('See what this version would do, before you install it over an older one.')
    .addHelpText(
      'afterAll',
      `
Examples:
  $ hostbeat upgrade check --database-url sqlite:/var/lib/hostbeat/hostbeat.db
  $ npx --package ./hostbeat-0.2.0.tgz hostbeat upgrade check --config /etc/hostbeat/hostbeat.yaml`,
    );
  addSettings(
    upgrade
      .command('check')
      .description(
        'Check the settings and the database as this version would, say what its first start changes, and change nothing. Run it with the new version, also while the old one serves.',
      ),
  )
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Exits with 0 if this version would start (a note is not a fault), 1 if something prevents it, 74 if the database is damaged or of a newer hostbeat, 78 if a setting is wrong.
`,
    )
    .action(async (flags: Flags & { json?: boolean }) => {
      const { checkUpgrade } = await import('./run.ts');
      await checkUpgrade(flags, terminal);
    });
}
