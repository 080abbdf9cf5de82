import type { Command } from 'commander';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { DatabaseFlags } from '../support/database.ts';
import { duration } from '../support/duration.ts';
import { hostName } from '../support/host-name.ts';
import { addOffline } from '../support/offline.ts';
import type { Terminal } from '../support/terminal.ts';
import type { IssueFlags, RevokeFlags } from './run.ts';

export function declareToken(parent: Command, terminal: Terminal): void {
  const token = parent
    .command('token')
    .summary('tokens for agents and of users')
    .description(
      'Tokens: long-lived ones for agents, which can only report their hosts, and short-lived ones of users.',
    )
    .addHelpText(
      'afterAll',
      `
Tokens of agents: through a running server, as an administrator; with --offline in the database file, while no server
runs on it. A token is printed once and stored hashed.
${CREDENTIALS_HELP}

Examples:
  $ hostbeat token issue --host compute-1 --label 'rack 7' > /etc/hostbeat/token
  $ hostbeat token issue --url http://127.0.0.1:8774              a user's own, from OS_USERNAME and OS_PASSWORD
  $ hostbeat token list
  $ hostbeat token revoke 0f9c…`,
    );

  addOffline(addConnection(token.command('issue')))
    .description(
      'Print a new token: with --host one for an agent, without it one of the user whose credentials are set.',
    )
    .option('--host <NAME...>', 'host that the agent may report for, * for any', hosts)
    .option('--label <TEXT>', 'name of the agent in lists and logs (default: its hosts)')
    .option(
      '--expires <DURATION>',
      "how long an agent's token is valid (default: until it is revoked)",
      duration,
    )
    .option('--json', 'with id and hosts, for programs')
    .action(async (flags: IssueFlags) => {
      const { issueToken } = await import('./run.ts');
      await issueToken(flags, terminal);
    });

  addOffline(addConnection(token.command('list')))
    .description("Print the agents' tokens, never the secret itself.")
    .option('--json', 'for programs')
    .action(async (flags: ConnectionFlags & DatabaseFlags & { json?: boolean }) => {
      const { listTokens } = await import('./run.ts');
      await listTokens(flags, terminal);
    });

  addOffline(addConnection(token.command('revoke')))
    .description('Revoke a token at once.')
    .argument('[id]', 'name or id of an agent\'s token, as "token list" shows it')
    .option('--file <FILE>', "file that holds a user's token, or -; through the server")
    .action(async (id: string | undefined, flags: RevokeFlags) => {
      const { revokeToken } = await import('./run.ts');
      await revokeToken(id, flags, terminal);
    });
}

function hosts(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text === '*' ? text : hostName(text)];
}
