import type { Command } from 'commander';
import { addDatabase } from '../seed/command.ts';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../support/connection.ts';
import type { DatabaseFlags } from '../support/database.ts';
import type { Terminal } from '../support/terminal.ts';
import type { UserFlags } from './run.ts';

export function declareUser(parent: Command, terminal: Terminal): void {
  const user = parent
    .command('user')
    .summary('users of the embedded identity')
    .description('Users of the embedded identity.')
    .addHelpText(
      'afterAll',
      `
With --url (or HOSTBEAT_URL) through a running server, as an administrator; without it in the database file, while no
server runs on it.
${CREDENTIALS_HELP}

Examples:
  $ hostbeat user add alice --project demo                      prints a password that it made
  $ hostbeat user add ops --project admin --role admin --password-file pw.txt --url http://127.0.0.1:8774
  $ hostbeat user list --json`,
    );

  addDatabase(addConnection(user.command('add')))
    .description(
      'Add a user with roles in a project, which is made if it is not there. For a user that is there already: set the password, add the roles.',
    )
    .argument('<name>', 'name of the user')
    .requiredOption('--project <NAME>', 'project of the roles')
    .option('--role <NAME...>', 'admin, manager, member, reader or service', ['member'])
    .option(
      '--password-file <FILE>',
      'file that holds the password, or -; without it one is made and printed once',
    )
    .action(async (name: string, flags: UserFlags) => {
      const { addUser } = await import('./run.ts');
      await addUser(name, flags, terminal);
    });

  addDatabase(addConnection(user.command('list')))
    .description('Print every user with its id, and whether it may log in.')
    .option('--json', 'for programs')
    .action(async (flags: ConnectionFlags & DatabaseFlags & { json?: boolean }) => {
      const { listUsers } = await import('./run.ts');
      await listUsers(flags, terminal);
    });
}
