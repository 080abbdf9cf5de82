import type { Command } from 'commander';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareHosts(parent: Command, terminal: Terminal): void {
  const hosts = parent
    .command('hosts')
    .summary('hosts, their servers and their status')
    .description('Look at hosts as an operator: their services, their servers, their host_status.')
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}\n\nExamples:\n  $ hostbeat hosts list\n  $ hostbeat hosts list --json`,
    );
  addConnection(
    hosts
      .command('list')
      .description('Print every host: its zone, its host_status, its servers and services.'),
  )
    .option('--json', 'for programs')
    .action(async (flags: ConnectionFlags & { json?: boolean }) => {
      const { listHosts } = await import('./run.ts');
      await listHosts(flags, terminal);
    });
}
