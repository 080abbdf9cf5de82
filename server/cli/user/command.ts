import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import { addOffline, OFFLINE_HELP } from '../support/offline.ts';
import type { Terminal } from '../support/terminal.ts';
import type { AccountFlags, RoleFlags, UserFlags } from './run.ts';

const PASSWORD_FILE = '--password-file <FILE>';
const PASSWORD_HELP = 'file that holds the password, or -; without it one is generated and printed once';
const ROLES = 'admin, manager, member, reader, service or another existing role';

export function declareUser(parent: Command, terminal: Terminal): void {
  const user = parent
    .command('user')
    .summary('users of the embedded identity')
    .description(
      'Users of the embedded identity. A user, a project or a role is named by its name or its id.',
    )
    .addHelpText(
      'afterAll',
      `${OFFLINE_HELP}
${CREDENTIALS_HELP}

Examples:
  $ hostbeat user add alice --project demo                      prints a password that it generated
  $ hostbeat user add ops --project admin --role admin --password-file pw.txt
  $ hostbeat user passwd admin --offline                        the way back after a lost password
  $ hostbeat user list --json`,
    );
  const one = (name: string, description: string) =>
    addOffline(addConnection(user.command(name)))
      .description(description)
      .argument('<name>', 'name of the user')
      .option('--json', 'for programs');

  one(
    'add',
    'Add a user with roles in a project, which is created if it is missing. Refuses an existing user.',
  )
    .requiredOption('--project <NAME>', 'project of the roles')
    .option('--role <NAME...>', ROLES, ['member'])
    .option(PASSWORD_FILE, PASSWORD_HELP)
    .action(async (name: string, flags: UserFlags) => {
      const { addUser } = await import('./run.ts');
      await addUser(name, flags, terminal);
    });
  one('passwd', 'Set the password of a user, and end the tokens that it got with the old one.')
    .option(PASSWORD_FILE, PASSWORD_HELP)
    .action(async (name: string, flags: AccountFlags & { passwordFile?: string }) => {
      const { setPassword } = await import('./run.ts');
      await setPassword(name, flags, terminal);
    });
  for (const [what, description] of [
    ['grant', 'Give a user roles in a project.'],
    ['revoke', 'Take roles in a project from a user; tokens that relied on them end.'],
  ] as const)
    one(what, description)
      .requiredOption('--project <NAME>', 'project of the roles')
      .requiredOption('--role <NAME...>', ROLES)
      .action(async (name: string, flags: RoleFlags) => {
        const { changeRoles } = await import('./run.ts');
        await changeRoles(name, what, flags, terminal);
      });
  one('delete', 'Delete a user; its tokens end at once.').action(
    async (name: string, flags: AccountFlags) => {
      const { deleteUser } = await import('./run.ts');
      await deleteUser(name, flags, terminal);
    },
  );
  addOffline(addConnection(user.command('list')))
    .description('Print every user, its roles, and whether it may log in.')
    .option('--json', 'for programs')
    .action(async (flags: AccountFlags) => {
      const { listUsers } = await import('./run.ts');
      await listUsers(flags, terminal);
    });
}
