import type { Command } from 'commander';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { ServiceFlags } from '../services/run.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareMaintenance(parent: Command, terminal: Terminal): void {
  const maintenance = parent
    .command('maintenance')
    .summary('take a host out of service, and give it back')
    .description('Take a host out of service, so that its servers show MAINTENANCE, and give it back.')
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat maintenance start compute-1 --reason 'new memory'
  $ hostbeat maintenance list
  $ hostbeat maintenance end compute-1`,
    );
  const onHost = (name: string, description: string) =>
    addConnection(maintenance.command(name).description(description).argument('<host>', 'name of the host'))
      .option('--binary <NAME>', 'which of its services', 'nova-compute')
      .option('--json', 'for programs');
  onHost('start', 'Begin a maintenance: the scheduler leaves the host out.')
    .option('--reason <TEXT>', 'why, for other operators')
    .action(async (host: string, flags: ServiceFlags & { reason?: string }) => {
      const { startMaintenance } = await import('./run.ts');
      await startMaintenance(host, flags, terminal);
    });
  onHost('end', 'End a maintenance: the host is used again.').action(
    async (host: string, flags: ServiceFlags) => {
      const { endMaintenance } = await import('./run.ts');
      await endMaintenance(host, flags, terminal);
    },
  );
  addConnection(maintenance.command('list').description('Print the hosts that are out of service, and why.'))
    .option('--json', 'for programs')
    .action(async (flags: ConnectionFlags & { json?: boolean }) => {
      const { listMaintenance } = await import('./run.ts');
      await listMaintenance(flags, terminal);
    });
}
