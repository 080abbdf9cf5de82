import type { Instant } from '../../domain/clock.ts';
import type { Identity } from '../identity.ts';

export interface StoredTicket {
  /** Never the ticket itself. */
  readonly hash: string;
  readonly identity: Identity;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

/** PORT. Where tickets are kept so that any of several processes takes them. */
export interface TicketStore {
  /** Forgets those that are over; of one user's the oldest, above `most`. */
  add(ticket: StoredTicket, most: number): Promise<void>;
  /** Each is given out once. */
  take(hash: string): Promise<StoredTicket | undefined>;
  /** A user or project that is not named means all. */
  revoke(touched: { readonly userId?: string; readonly projectId?: string }): Promise<void>;
}
