import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import type { NodesFlags } from './run.ts';

export function declareNodes(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('nodes')
    .summary('see the nodes that share one database')
    .description(
      'Print the processes that share one PostgreSQL database: which one leads, how far each has announced the log, and what troubles it. Exits with 1 where no node leads or one is in trouble.',
    );
  addConnection(command)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat nodes
  $ hostbeat nodes --json`,
    )
    .action(async (flags: NodesFlags) => {
      const { listNodes } = await import('./run.ts');
      await listNodes(flags, terminal);
    });
}
