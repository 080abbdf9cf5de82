import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import type { HistoryFlags } from './run.ts';

export function declareHistory(parent: Command, terminal: Terminal): void {
  addConnection(
    parent
      .command('history')
      .summary("recorded changes of a server's host_status")
      .description('Print the recorded changes of one server, newest first, as far back as the log is kept.')
      .argument('<server>', 'id or name of the server'),
  )
    .option('--limit <N>', 'how many at most', '100')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `${CREDENTIALS_HELP}\n\nExamples:\n  $ hostbeat history db-primary\n  $ hostbeat history db-primary --json`,
    )
    .action(async (server: string, flags: HistoryFlags) => {
      const { showHistory } = await import('./run.ts');
      await showHistory(server, flags, terminal);
    });
}
