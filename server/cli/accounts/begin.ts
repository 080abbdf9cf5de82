/** Fills a new database with its first accounts. */
import { loadConfig } from '../../config/load.ts';
import type { DatabaseFlags, OpenedDatabase } from '../support/database.ts';
import type { Terminal } from '../support/terminal.ts';
import { makeAdministrator } from './embedded.ts';

/**
 * Creates the administrator of a new database, as `serve` does, if HOSTBEAT_ADMIN_PASSWORD is set. Otherwise `serve`
 * creates one later, with a generated password that it shows.
 */
export async function beginAccounts(
  { accounts }: OpenedDatabase,
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
