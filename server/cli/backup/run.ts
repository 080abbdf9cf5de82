/** `hostbeat backup FILE` and `hostbeat restore FILE`. */
import {
  type DatabaseFlags,
  databaseConfig,
  databaseName,
  doneHere,
  withDatabase,
} from '../support/database.ts';
import type { Terminal } from '../support/terminal.ts';

export async function runBackup(file: string, flags: DatabaseFlags, terminal: Terminal): Promise<void> {
  const { backupDatabase } = await import('../../../db/backup.ts');
  const { databaseUrl } = databaseConfig(flags, terminal.env);
  terminal.err(`hostbeat: database ${databaseName(databaseUrl)}\n`);
  await backupDatabase(databaseUrl, file);
  terminal.out(`The database was copied to ${file}.\n`);
}

export async function runRestore(file: string, flags: DatabaseFlags, terminal: Terminal): Promise<void> {
  const { restoreDatabase } = await import('../../../db/backup.ts');
  const kept = await restoreDatabase(databaseConfig(flags, terminal.env).databaseUrl, file);
  await withDatabase(flags, terminal, ({ audit }) =>
    audit.record(doneHere('database.restore', 'database', { file: [kept ?? null, file] })),
  );
  terminal.out(`The database was replaced with ${file}.\n`);
  if (kept !== undefined) terminal.out(`The old database is ${kept}.\n`);
}
