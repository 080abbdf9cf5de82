/** The embedded identity in the database file, for commands that act on it before a server does. */
import { createEmbeddedIdentity, type EmbeddedIdentity } from '../../identity/embedded/create-embedded.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { OpenedDatabase } from '../support/database.ts';

type Accounts = OpenedDatabase['accounts'];

/** No user logs in here, so the lifetime of login tokens is never used. */
const NO_LOGINS = 0;

function identityOf(accounts: Accounts): EmbeddedIdentity {
  return createEmbeddedIdentity({ accounts, clock: systemClock, tokenLifetime: NO_LOGINS });
}

/** For a seed: creates the roles but no user, since a document may bring an admin of its own. */
export async function seedAccounts(accounts: Accounts): Promise<EmbeddedIdentity['directory']> {
  const { directory } = identityOf(accounts);
  await directory.ensureRoles();
  return directory;
}

/** Creates the administrator of a new database; an existing one stays as it is. */
export async function makeAdministrator(accounts: Accounts, adminPassword: string): Promise<void> {
  await identityOf(accounts).bootstrap({ adminPassword });
}

/** For single users and tokens: creates the roles and adds no user. */
export async function offlineIdentity(accounts: Accounts): Promise<EmbeddedIdentity> {
  const identity = identityOf(accounts);
  await identity.directory.ensureRoles();
  return identity;
}
