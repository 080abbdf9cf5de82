/** The embedded identity in the database file, for commands that act on it before a server does. */
import { createEmbeddedIdentity, type EmbeddedIdentity } from '../../identity/embedded/create-embedded.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Database } from './database.ts';
import type { Terminal } from './terminal.ts';

type Accounts = Database['accounts'];

/** No user logs in here, so the life of a login's token is never asked for. */
const NO_LOGINS = 0;

function identityOf(accounts: Accounts): EmbeddedIdentity {
  return createEmbeddedIdentity({ accounts, clock: systemClock, tokenLifetime: NO_LOGINS });
}

/** For a seed: the roles are there, and nobody else; a document may bring an admin of its own. */
export async function seedAccounts(accounts: Accounts): Promise<EmbeddedIdentity['directory']> {
  const { directory } = identityOf(accounts);
  await directory.ensureRoles();
  return directory;
}

/**
 * For single users and tokens: of a new database the administrator is made first, as serve does, since serve makes
 * none where there is a user already.
 */
export async function bootstrapped(accounts: Accounts, terminal: Terminal): Promise<EmbeddedIdentity> {
  const identity = identityOf(accounts);
  const adminPassword = terminal.env.HOSTBEAT_ADMIN_PASSWORD || undefined;
  const { generatedPassword } = await identity.bootstrap({ adminPassword });
  if (generatedPassword !== undefined)
    terminal.err(`The password of user admin is ${generatedPassword} and is not shown again.\n`);
  return identity;
}
