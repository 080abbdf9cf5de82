import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import { addOffline, OFFLINE_HELP } from '../support/offline.ts';
import type { Terminal } from '../support/terminal.ts';
import type { SeedFlags } from './run.ts';

export function declareSeed(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('seed')
    .summary('load a small cloud from a JSON document')
    .description(
      'Load projects, users, services and servers from a JSON document. Loading it again changes nothing; what it does not name stays. Its form: docs/reference/seed.md.',
    )
    .argument('[file]', 'the document, or - for standard input');
  addOffline(addConnection(command))
    .option('--create-missing', 'create the projects and hosts that its servers name, where they are missing')
    .option('--example', 'print a document with comments, and load nothing')
    .option('--reference', 'print the reference of the document, as Markdown, and load nothing')
    .option('--json', 'what it did, for programs')
    .addHelpText(
      'after',
      `${OFFLINE_HELP}
With --offline it creates a missing database, with the administrator of HOSTBEAT_ADMIN_PASSWORD if that is set.
${CREDENTIALS_HELP}

Examples:
  $ hostbeat seed --example > lab.json
  $ hostbeat seed lab.json --offline --database-url sqlite:lab.db && hostbeat serve --database-url sqlite:lab.db
  $ hostbeat seed lab.json --url http://127.0.0.1:8774`,
    )
    .action(async (file: string | undefined, flags: SeedFlags) => {
      const { runSeed } = await import('./run.ts');
      await runSeed(file, flags, terminal);
    });
}
