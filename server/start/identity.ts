import type { Duration } from '../domain/clock.ts';
import { createIdentity, type IdentityParts } from '../identity/create-identity.ts';
import type { Revocations } from '../identity/tokens/revocations.ts';
import { StoredTickets } from '../identity/tokens/stored-tickets.ts';
import { type TicketIssuer, Tickets } from '../identity/tokens/tickets.ts';
import type { Nodes } from '../nodes/nodes.ts';
import type { Store } from '../ports/store.ts';
import { systemTimers } from '../timers.ts';
import type { Core } from './core.ts';
import type { Storage } from './storage.ts';

export interface StartedIdentity {
  readonly identity: IdentityParts;
  readonly tickets: TicketIssuer;
  /** The admin's password, if it was generated for a new database. */
  readonly generatedPassword?: string;
}

/** If the commits of other nodes were not seen for this long, a token may have been revoked there in the meantime. */
const TAIL_TRUSTED: Duration = 5_000;

/** The authenticator of the settings. In an empty database it creates the first administrator. */
export async function startIdentity(
  { config, secrets, clock, logger, closing }: Core,
  {
    accounts,
    watchKeys,
    store,
    node,
    oneAtATime,
    nodes,
  }: Pick<Storage, 'accounts' | 'watchKeys' | 'store' | 'node' | 'oneAtATime'> & {
    readonly nodes?: Nodes | undefined;
  },
): Promise<StartedIdentity> {
  const { setTimer } = systemTimers;
  const isCurrent = () => node === undefined || node.tail().quietMs < TAIL_TRUSTED;
  const nodeCount = nodes === undefined ? undefined : () => nodes.status().nodes.length;
  const parts = { nodeCount, config, secrets, accounts, watchKeys, clock, logger, setTimer, isCurrent };
  const identity = createIdentity(parts);
  closing.add(() => identity.close());
  const { adminPassword } = secrets;
  const { generatedPassword } = await oneAtATime(() => identity.bootstrap({ adminPassword }));
  const tickets =
    node === undefined ? new Tickets(clock) : new StoredTickets(node.tickets, { clock, logger });
  closing.add(followRights(store, identity.revocations));
  identity.authenticator.onRevoked(tickets.revoke);
  return { identity, tickets, ...(generatedPassword === undefined ? {} : { generatedPassword }) };
}

/** Another node changed rights: what this process has cached of them is checked again. */
function followRights(store: Pick<Store, 'onCommit'>, revocations: Revocations): () => void {
  return store.onCommit(({ touched = [] }) => {
    for (const { webhooks, cursorKeys, given, ...whose } of touched) {
      if (webhooks || cursorKeys) continue;
      if (given) revocations.changed(whose);
      else revocations.ended(whose);
    }
  });
}
