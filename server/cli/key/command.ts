import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import { duration } from '../support/duration.ts';
import type { Terminal } from '../support/terminal.ts';
import type { AddFlags, ConnectionFlags, ListFlags } from './run.ts';

export function declareKey(parent: Command, terminal: Terminal): void {
  const key = parent
    .command('key')
    .summary("a project's own keys for following its servers")
    .description(
      "Watch keys of your project: each follows the servers it names, or all of the project's, and does nothing else. Suited to a VM: independent of any user's password, and valid while Keystone is away.",
    )
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat key add --name db-pair --server 5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90 > /etc/hostbeat/key
  $ hostbeat watch --token-file /etc/hostbeat/key
  $ hostbeat key list
  $ hostbeat key revoke 0f9c…`,
    );

  addConnection(key.command('add'))
    .description('Create a key and print it, once.')
    .requiredOption('--name <NAME>', 'what to call it in lists')
    .option('--server <SERVER...>', 'follow these servers only, by id or name (default: all of the project)')
    .option('--expires <DURATION>', 'how long it is valid (default: until it is revoked)', duration)
    .option('--drills', 'it may also start and end drills of its servers')
    .option('--json', 'with id, servers and expiry, for programs')
    .action(async (flags: AddFlags) => {
      const { addKey } = await import('./run.ts');
      await addKey(flags, terminal);
    });

  addConnection(key.command('list'))
    .description("Print the project's keys and when each was last used, never the key itself.")
    .option('--json', 'for programs')
    .action(async (flags: ListFlags) => {
      const { listKeys } = await import('./run.ts');
      await listKeys(flags, terminal);
    });

  addConnection(key.command('revoke'))
    .description('Revoke a key at once; its connections are closed.')
    .argument('<id>', 'name or id of the key, as "key list" shows it')
    .action(async (id: string, flags: ConnectionFlags) => {
      const { revokeKey } = await import('./run.ts');
      await revokeKey(id, flags, terminal);
    });
}
