/** `hostbeat migrate`: updates the database to this version's schema, or copies it from SQLite to PostgreSQL. */
import { beginAccounts } from '../accounts/begin.ts';
import {
  type DatabaseFlags,
  databaseConfig,
  databaseName,
  doneHere,
  withDatabase,
} from '../support/database.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { progressTo } from '../support/progress.ts';
import { table } from '../support/table.ts';
import type { Terminal } from '../support/terminal.ts';

export interface MigrateFlags extends DatabaseFlags {
  readonly from?: string;
  readonly to?: string;
}

export async function runMigrate(flags: DatabaseFlags, terminal: Terminal): Promise<void> {
  await withDatabase(flags, terminal, (database) => beginAccounts(database, flags, terminal.env), {
    mustExist: false,
  });
  terminal.out('The database has the form that this version needs.\n');
}

export async function runTransfer(
  { from, to, databaseUrl }: MigrateFlags & { readonly from: string },
  terminal: Terminal,
): Promise<void> {
  if (to !== undefined && databaseUrl !== undefined)
    throw new CliError(EXIT.usage, '--to and --database-url name the same thing: give one of them');
  const target = databaseConfig(
    { ...((to ?? databaseUrl) && { databaseUrl: to ?? databaseUrl }) },
    terminal.env,
  );
  const url = target.databaseUrl;
  terminal.err(`hostbeat: from ${databaseName(from)} to ${databaseName(url)}\n`);
  const { transfer } = await import('../../../db/transfer/transfer.ts');
  const counts = await transfer(from, url, {
    progress: progressTo(terminal),
    entry: doneHere('database.migrate', 'database', { from: [null, databaseName(from)] }),
  });
  const rows = Object.entries(counts).map(([name, count]) => [name, String(count)]);
  terminal.out(table(['TABLE', 'ROWS'], rows));
  terminal.out(
    `All of it was compared and is in PostgreSQL. Start the server with HOSTBEAT_DATABASE_URL set to it, and never again on ${databaseName(from)}: keep that file as a backup.\n`,
  );
}
