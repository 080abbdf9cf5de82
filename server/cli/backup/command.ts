import type { Command } from 'commander';
import type { DatabaseFlags } from '../support/database.ts';
import { addDatabase } from '../support/offline.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareBackup(parent: Command, terminal: Terminal): void {
  const backup = parent
    .command('backup')
    .summary('copy the database, even while a server uses it')
    .description(
      'Copy the database as it is at one moment into a new file. A running server goes on meanwhile; an existing file is never replaced.',
    )
    .argument('<file>', 'the copy');
  addDatabase(backup)
    .addHelpText('after', '\nExamples:\n  $ hostbeat backup /backups/hostbeat-monday.db')
    .action(async (file: string, flags: DatabaseFlags) => {
      const { runBackup } = await import('./run.ts');
      await runBackup(file, flags, terminal);
    });

  const restore = parent
    .command('restore')
    .summary('replace the database with a backup')
    .description(
      'Replace the database with a backup, while no server runs on it. The old database is kept beside it. Every client starts over from the restored state: the log begins a new epoch.',
    )
    .argument('<file>', 'the backup');
  addDatabase(restore)
    .addHelpText('after', '\nExamples:\n  $ hostbeat restore /backups/hostbeat-monday.db')
    .action(async (file: string, flags: DatabaseFlags) => {
      const { runRestore } = await import('./run.ts');
      await runRestore(file, flags, terminal);
    });
}
