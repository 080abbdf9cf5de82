import { type Command, Option } from 'commander';
import { HOST_STATUSES } from '../../../client-sdk/protocol/host-status.ts';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../support/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import type { ListFlags } from './run.ts';

export function declareInstances(parent: Command, terminal: Terminal): void {
  const instances = parent
    .command('instances')
    .summary('look at servers, register where they stand')
    .description('Look at servers, and tell a deployment without Nova which there are and where they stand.')
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat instances list --all-projects --host-status DOWN
  $ hostbeat instances import servers.ndjson
  $ inventory | hostbeat instances import -`,
    );

  addConnection(instances.command('list').description('Print servers with their host_status.'))
    .option('--all-projects', 'of every project; for administrators')
    .option('--host <NAME>', 'on this host; for administrators')
    .addOption(
      new Option('--host-status <VALUE...>', 'with one of these').choices(
        HOST_STATUSES.filter((value) => value !== ''),
      ),
    )
    .option('--json', 'for programs')
    .action(async (flags: ListFlags) => {
      const { listInstances } = await import('./run.ts');
      await listInstances(flags, terminal);
    });

  addConnection(
    instances
      .command('import')
      .description(
        'Register or move servers, from a file with one JSON object a line: {"id":…,"project_id":…,"name":…,"host":…}. What is there already is brought up to date.',
      )
      .argument('<file>', 'the file, or - for standard input'),
  ).action(async (file: string, flags: ConnectionFlags) => {
    const { importInstances } = await import('./run.ts');
    await importInstances(file, flags, terminal);
  });
}
