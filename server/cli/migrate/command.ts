import type { Command } from 'commander';
import type { DatabaseFlags } from '../support/database.ts';
import { addDatabase } from '../support/offline.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareMigrate(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('migrate')
    .summary('bring the database to the form of this version')
    .description(
      'Bring the database to the form this version needs, and make it if there is none. serve does so by itself; this is for doing it beforehand.',
    );
  addDatabase(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ hostbeat migrate --database-url sqlite:/var/lib/hostbeat/hostbeat.db',
    )
    .action(async (flags: DatabaseFlags) => {
      const { withDatabase } = await import('../support/database.ts');
      const { beginAccounts } = await import('../accounts/begin.ts');
      await withDatabase(flags, terminal, (database) => beginAccounts(database, flags, terminal.env), {
        mustExist: false,
      });
      terminal.out('The database is of the form that this version needs.\n');
    });
}
