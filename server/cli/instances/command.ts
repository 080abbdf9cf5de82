import { type Command, Option } from 'commander';
import { HOST_STATUSES } from '../../../client-sdk/protocol/host-status.ts';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import { hostName } from '../support/host-name.ts';
import type { Terminal } from '../support/terminal.ts';
import type { AddFlags, OneFlags } from './change.ts';
import type { ImportFlags, ListFlags } from './run.ts';

export function declareInstances(parent: Command, terminal: Terminal): void {
  const instances = parent
    .command('instances')
    .summary('list servers, register the hosts that they are on')
    .description(
      'List servers and, in a deployment without Nova, register them and the hosts that they are on.',
    )
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat instances list --all-projects --host-status DOWN
  $ hostbeat instances add db-primary --project demo --host compute-1
  $ hostbeat instances move db-primary compute-2
  $ hostbeat instances import servers.ndjson
  $ inventory | hostbeat instances import -`,
    );

  addConnection(instances.command('list').description('Print servers with their host_status.'))
    .option('--all-projects', 'of every project; for administrators')
    .option('--project <NAME>', 'of this project, by name or id; for administrators')
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
        'Register or move servers, from a file with one JSON object a line: {"id":…,"project_id":…,"name":…,"host":…}. Existing servers are updated.',
      )
      .argument('<file>', 'the file, or - for standard input'),
  )
    .option('--create-missing', 'create the projects and hosts that the lines name, where they are missing')
    .action(async (file: string, flags: ImportFlags) => {
      const { importInstances } = await import('./run.ts');
      await importInstances(file, flags, terminal);
    });

  addConnection(instances.command('add').description('Register a server, in a deployment without Nova.'))
    .argument('<name>', 'name of the server')
    .requiredOption('--project <NAME>', 'project that owns it, by name or id')
    .option('--host <NAME>', 'where it stands', hostName)
    .option('--id <UUID>', 'its id (default: one is generated)')
    .option('--json', 'for programs')
    .action(async (name: string, flags: AddFlags) => {
      const { addInstance } = await import('./change.ts');
      await addInstance(name, flags, terminal);
    });

  const onOne = (name: string, description: string) =>
    addConnection(instances.command(name).description(description))
      .argument('<server>', 'id or name of the server')
      .option('--json', 'for programs');
  onOne('show', 'Print everything about a server.').action(async (server: string, flags: OneFlags) => {
    const { showInstance } = await import('./change.ts');
    await showInstance(server, flags, terminal);
  });
  onOne('move', 'Record that a server is on another host.')
    .argument('<host>', 'the host, or - for none')
    .action(async (server: string, host: string, flags: OneFlags) => {
      const { moveInstance } = await import('./change.ts');
      await moveInstance(server, host, flags, terminal);
    });
  onOne('delete', 'Remove a server, in a deployment without Nova.').action(
    async (server: string, flags: OneFlags) => {
      const { deleteInstance } = await import('./change.ts');
      await deleteInstance(server, flags, terminal);
    },
  );
}
