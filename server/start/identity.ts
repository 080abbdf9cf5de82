import { createIdentity, type IdentityParts } from '../identity/create-identity.ts';
import { Tickets } from '../identity/tokens/tickets.ts';
import { systemTimers } from '../timers.ts';
import type { Core } from './core.ts';
import type { Storage } from './storage.ts';

export interface StartedIdentity {
  readonly identity: IdentityParts;
  readonly tickets: Tickets;
  /** The admin's password, if it was generated for a new database. */
  readonly generatedPassword?: string;
}

/** The authenticator of the settings. In an empty database it creates the first administrator. */
export async function startIdentity(
  { config, secrets, clock, logger, closing }: Core,
  { accounts, watchKeys }: Pick<Storage, 'accounts' | 'watchKeys'>,
): Promise<StartedIdentity> {
  const { setTimer } = systemTimers;
  const identity = createIdentity({ config, secrets, accounts, watchKeys, clock, logger, setTimer });
  closing.add(() => identity.close());
  const { generatedPassword } = await identity.bootstrap({ adminPassword: secrets.adminPassword });
  const tickets = new Tickets(clock);
  identity.authenticator.onRevoked(tickets.revoke);
  return { identity, tickets, ...(generatedPassword === undefined ? {} : { generatedPassword }) };
}
