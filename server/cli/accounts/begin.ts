/** What a database begins with, wherever it is begun. */
import { loadConfig } from '../../config/load.ts';
import type { Database, DatabaseFlags } from '../support/database.ts';
import type { Terminal } from '../support/terminal.ts';
import { makeAdministrator } from './embedded.ts';

/**
 * Of a database that has just begun: the administrator, with HOSTBEAT_ADMIN_PASSWORD where it is set, as serve makes it.
 * Without it serve makes one later, with a password that it shows.
 */
export async function beginAccounts(
  { accounts }: Database,
  flags: DatabaseFlags,
  env: Terminal['env'],
): Promise<void> {
  const { adminPassword } = loadConfig({
    env,
    flags: flags.databaseUrl === undefined ? {} : { databaseUrl: flags.databaseUrl },
  }).secrets;
  if (adminPassword === undefined) return;
  await makeAdministrator(accounts, adminPassword);
}
