import type { Instant } from '../../domain/clock.ts';
import type { Identity } from '../identity.ts';

export interface StoredTicket {
  /** Never the ticket itself. */
  readonly hash: string;
  readonly identity: Identity;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

/** PORT. Keeps tickets so that any of several processes accepts them. */
export interface TicketStore {
  /** Removes expired tickets, and a user's oldest ones above `most`. */
  add(ticket: StoredTicket, most: number): Promise<void>;
  /** Gives each ticket out once. */
  take(hash: string): Promise<StoredTicket | undefined>;
  /** A user or project that is not named means all. */
  revoke(touched: { readonly userId?: string; readonly projectId?: string }): Promise<void>;
}
