import type { Command } from 'commander';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { addDatabase } from '../support/offline.ts';
import type { Terminal } from '../support/terminal.ts';
import type { MigrateFlags } from './run.ts';

export function declareMigrate(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('migrate')
    .summary('migrate the database to this version, or from SQLite to PostgreSQL')
    .description(
      `Migrate the database to this version, and create it if it is missing. serve does this by itself; use this command to do it beforehand.

With --from it copies everything that an SQLite file holds into an empty PostgreSQL: servers, hosts, accounts and keys, the log with its numbers, webhooks with their places, the audit log. Stop the server first. It is one transaction: the target has all of it or nothing, and after an interruption you simply run it again. The file is only read. Clients keep their cursors and notice no more than a restart.`,
    )
    .option('--from <URL>', 'the file to copy, as sqlite:PATH; no server may run on it')
    .option(
      '--to <URL>',
      'the PostgreSQL to copy into, with --from; without it HOSTBEAT_DATABASE_URL, which keeps a password off the command line',
    );
  addDatabase(command)
    .addHelpText(
      'after',
      `
Examples:
  $ hostbeat migrate --database-url sqlite:/var/lib/hostbeat/hostbeat.db
  $ export HOSTBEAT_DATABASE_URL=postgres://hostbeat:PASSWORD@db1/hostbeat
  $ hostbeat migrate --from sqlite:/var/lib/hostbeat/hostbeat.db
  $ hostbeat migrate --from sqlite:hostbeat.db --to "postgres://hostbeat@/hostbeat?host=/var/run/postgresql"`,
    )
    .action(async (flags: MigrateFlags) => {
      if (flags.to !== undefined && flags.from === undefined)
        throw new CliError(EXIT.usage, '--to goes with --from sqlite:PATH, which names the file to copy');
      const { runMigrate, runTransfer } = await import('./run.ts');
      const { from, ...rest } = flags;
      await (from === undefined ? runMigrate(rest, terminal) : runTransfer({ ...rest, from }, terminal));
    });
}
