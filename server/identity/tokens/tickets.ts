/**
 * One-use tickets. A browser cannot put a token into a WebSocket's headers, and a token does not belong in a URL or a
 * log. A ticket may stand there instead: it opens one connection, once, within half a minute.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock, Instant } from '../../domain/clock.ts';
import type { Authenticator, Identity } from '../identity.ts';
import { type AuthenticatedOptions, authenticated, type Env } from '../middleware.ts';
import { type Revocation, touches } from './revocations.ts';
import { newSecret, type RandomBytes, systemRandom, TICKET_PREFIX } from './secrets.ts';

export const TICKET_LIFETIME_MS = 30_000;
export const MAX_TICKETS = 10_000;
/** A page that fetches too many tickets loses its own oldest ones, and no others. */
export const MAX_TICKETS_OF_USER = 100;

interface KeptTicket {
  readonly identity: Identity;
  readonly expiresAt: Instant;
}

interface Issued {
  readonly ticket: string;
  readonly expiresAt: Instant;
}

/** One process keeps its tickets in memory, several keep them in their database. */
export interface TicketIssuer {
  issue(identity: Identity): Issued | Promise<Issued>;
  redeem(ticket: string): Identity | undefined | Promise<Identity | undefined>;
  /** For `Authenticator.onRevoked`. */
  readonly revoke: (gone: Revocation) => void;
}

export class Tickets implements TicketIssuer {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  /** Oldest first. */
  readonly #kept = new Map<string, KeptTicket>();
  /** By user, oldest first. */
  readonly #ofUser = new Map<string, Set<string>>();

  constructor(clock: Clock, random: RandomBytes = systemRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  issue(identity: Identity): Issued {
    const now = this.#clock.now();
    for (const [ticket, { expiresAt }] of this.#kept) {
      if (expiresAt > now && this.#kept.size < MAX_TICKETS) break;
      this.#take(ticket);
    }
    const { userId } = identity;
    const own = this.#ofUser.get(userId) ?? new Set();
    const [oldest] = own;
    if (oldest !== undefined && own.size >= MAX_TICKETS_OF_USER) this.#take(oldest);
    const ticket = newSecret(TICKET_PREFIX, this.#random);
    const expiresAt = Math.min(now + TICKET_LIFETIME_MS, identity.expiresAt ?? Number.MAX_SAFE_INTEGER);
    this.#kept.set(ticket, { identity, expiresAt });
    this.#ofUser.set(userId, own.add(ticket));
    return { ticket, expiresAt };
  }

  /** The identity it was issued to; undefined if it is unknown, used or expired. Marks it as used. */
  redeem(ticket: string): Identity | undefined {
    const kept = this.#take(ticket);
    return kept !== undefined && kept.expiresAt > this.#clock.now() ? kept.identity : undefined;
  }

  /** For `Authenticator.onRevoked`. */
  readonly revoke = (gone: Revocation): void => {
    for (const [ticket, { identity }] of this.#kept) if (touches(gone, identity)) this.#take(ticket);
  };

  #take(ticket: string): KeptTicket | undefined {
    const kept = this.#kept.get(ticket);
    if (kept === undefined) return undefined;
    this.#kept.delete(ticket);
    const { userId } = kept.identity;
    const own = this.#ofUser.get(userId);
    own?.delete(ticket);
    if (own?.size === 0) this.#ofUser.delete(userId);
    return kept;
  }
}

export const TicketAnswer = z.object({
  ticket: z.string().describe('Opens one connection, once: as the subprotocol `ticket.…`.'),
  expires_at: z.iso.datetime(),
});

/** `POST /v1/tickets` with a token: 201 `{"ticket","expires_at"}`. */
export function createTicketsApp(
  tickets: TicketIssuer,
  authenticator: Authenticator,
  options: Omit<AuthenticatedOptions, 'api'> & {
    /** Why this identity may not follow anything; undefined if it may. Such an identity has no use for a ticket. */
    readonly refuses?: (identity: Identity) => string | undefined;
  } = {},
): Hono<Env> {
  return new Hono<Env>().post(
    '/v1/tickets',
    authenticated(authenticator, { ...options, api: 'v1', watchKeys: true }),
    async (c) => {
      const message = options.refuses?.(c.var.identity);
      if (message !== undefined) return c.json({ error: { code: 'forbidden', message } }, 403);
      const { ticket, expiresAt } = await tickets.issue(c.var.identity);
      const body = { ticket, expires_at: new Date(expiresAt).toISOString() };
      return c.json(body, 201, { 'Cache-Control': 'no-store' });
    },
  );
}
