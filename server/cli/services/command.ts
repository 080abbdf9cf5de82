import { type Command, Option } from 'commander';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import type { ForceDownFlags, ServiceFlags } from './run.ts';

export function declareServices(parent: Command, terminal: Terminal): void {
  const services = parent
    .command('services')
    .summary("list services, set an operator's switches")
    .description("List the services of a running server, and set an operator's switches.")
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat services list
  $ hostbeat services disable compute-1 --reason 'new memory'
  $ hostbeat services force-down compute-1 --reason 'power cut by the BMC' --fence confirmed
  $ hostbeat services show compute-1
  $ hostbeat services force-down compute-1 --undo`,
    );

  addConnection(
    services.command('list').description('Print every service, its switches and whether it reports.'),
  )
    .option('--host <NAME>', 'of this host only')
    .option('--binary <NAME>', 'of this binary only')
    .option('--json', 'for programs')
    .action(async (flags: ConnectionFlags & { host?: string; binary?: string; json?: boolean }) => {
      const { listServices } = await import('./run.ts');
      await listServices(flags, terminal);
    });

  onOne(services, 'enable', 'Let the scheduler use the host again; its servers show UP or UNKNOWN.').action(
    async (host: string, flags: ServiceFlags) => {
      const { switchService } = await import('./run.ts');
      await switchService(host, flags, { status: 'enabled' }, terminal);
    },
  );

  onOne(services, 'disable', 'Take the host out of service for maintenance; its servers show MAINTENANCE.')
    .option('--reason <TEXT>', 'why, for other operators')
    .action(async (host: string, flags: ServiceFlags & { reason?: string }) => {
      const { switchService } = await import('./run.ts');
      const reason = flags.reason === undefined ? {} : { disabled_reason: flags.reason };
      await switchService(host, flags, { status: 'disabled', ...reason }, terminal);
    });

  onOne(
    services,
    'force-down',
    'Declare the host down; its servers show DOWN at once. Use it only when it is certain that nothing runs there any more.',
  )
    .option('--undo', 'lift it: the status follows the reports of the host again')
    .option('--reason <TEXT>', 'why, for other operators')
    .addOption(
      new Option('--fence <STATE>', 'also record the progress of fencing the host').choices([
        'none',
        'requested',
        'confirmed',
      ]),
    )
    .action(async (host: string, flags: ForceDownFlags) => {
      const { forceDown } = await import('./run.ts');
      await forceDown(host, flags, terminal);
    });

  onOne(
    services,
    'show',
    'Print all that is known of a service: who forced it down, when and why, and its fence.',
  )
    .option('--json', 'for programs')
    .action(async (host: string, flags: ServiceFlags & { json?: boolean }) => {
      const { showService } = await import('./run.ts');
      await showService(host, flags, terminal);
    });

  onOne(services, 'delete', 'Remove a service. Refused while servers are on its host.').action(
    async (host: string, flags: ServiceFlags) => {
      const { deleteService } = await import('./run.ts');
      await deleteService(host, flags, terminal);
    },
  );
}

function onOne(services: Command, name: string, description: string): Command {
  const command = services.command(name).description(description).argument('<host>', 'name of the host');
  return addConnection(command).option('--binary <NAME>', 'which of its services', 'nova-compute');
}
