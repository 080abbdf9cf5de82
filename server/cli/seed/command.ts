import type { Command } from 'commander';
import { flagOf } from '../../config/load.ts';
import { OPTIONS } from '../../config/options.ts';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../support/connection.ts';
import type { DatabaseFlags } from '../support/database.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareSeed(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('seed')
    .summary('load a small cloud from a JSON document')
    .description(
      'Load projects, users, services and servers from a JSON document. Loading it again changes nothing; what it does not name stays.',
    )
    .argument('<file>', 'the document, or - for standard input');
  addDatabase(addConnection(command))
    .addHelpText(
      'after',
      `
With --url (or HOSTBEAT_URL) through a running server, as an administrator; without it into the database file, while
no server runs on it.
${CREDENTIALS_HELP}

Examples:
  $ HOSTBEAT_DATABASE_URL=sqlite:lab.db hostbeat seed lab.json && hostbeat serve --database-url sqlite:lab.db
  $ hostbeat seed lab.json --url http://127.0.0.1:8774`,
    )
    .action(async (file: string, flags: ConnectionFlags & DatabaseFlags) => {
      const { runSeed } = await import('./run.ts');
      await runSeed(file, flags, terminal);
    });
}

/** For commands that can act on the database file. */
export function addDatabase(command: Command): Command {
  const { env, default: fallback } = OPTIONS.databaseUrl;
  return command.option(
    `${flagOf(OPTIONS.databaseUrl)} <URL>`,
    `the database, where no server is named [${env}, default ${fallback}]`,
  );
}
