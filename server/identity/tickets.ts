/**
 * A browser cannot put a token into a WebSocket's headers, and a token has no business in a URL or a log. A ticket may
 * stand there instead: it opens one connection, once, within half a minute.
 */
import { Hono } from 'hono';
import type { Clock, Instant } from '../domain/clock.ts';
import type { Authenticator, Identity } from './identity.ts';
import { type AuthenticatedOptions, authenticated, type Env } from './middleware.ts';
import { type Touched, touches } from './revocations.ts';
import { newSecret, type RandomBytes, systemRandom, TICKET_PREFIX } from './secrets.ts';

export const TICKET_LIFETIME_MS = 30_000;
export const MAX_TICKETS = 10_000;

interface Held {
  readonly identity: Identity;
  readonly expiresAt: Instant;
}

export class Tickets {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  /** Oldest first. */
  readonly #held = new Map<string, Held>();

  constructor(clock: Clock, random: RandomBytes = systemRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  issue(identity: Identity): { readonly ticket: string; readonly expiresAt: Instant } {
    const now = this.#clock.now();
    for (const [ticket, { expiresAt }] of this.#held) {
      if (expiresAt > now && this.#held.size < MAX_TICKETS) break;
      this.#held.delete(ticket);
    }
    const ticket = newSecret(TICKET_PREFIX, this.#random);
    const expiresAt = Math.min(now + TICKET_LIFETIME_MS, identity.expiresAt ?? Number.MAX_SAFE_INTEGER);
    this.#held.set(ticket, { identity, expiresAt });
    return { ticket, expiresAt };
  }

  /** Who it was issued to; undefined if it is unknown, used or too old. It is used from now on. */
  redeem(ticket: string): Identity | undefined {
    const held = this.#held.get(ticket);
    this.#held.delete(ticket);
    return held !== undefined && held.expiresAt > this.#clock.now() ? held.identity : undefined;
  }

  /** For `Authenticator.onRevoked`. */
  readonly revoke = (gone: Touched): void => {
    for (const [ticket, { identity }] of this.#held) if (touches(gone, identity)) this.#held.delete(ticket);
  };
}

/** `POST /v1/tickets` with a token: 201 `{"ticket","expires_at"}`. */
export function createTicketsApp(
  tickets: Tickets,
  authenticator: Authenticator,
  options: Omit<AuthenticatedOptions, 'door'> = {},
): Hono<Env> {
  return new Hono<Env>().post(
    '/v1/tickets',
    authenticated(authenticator, { ...options, door: 'v1' }),
    (c) => {
      const { ticket, expiresAt } = tickets.issue(c.var.identity);
      const body = { ticket, expires_at: new Date(expiresAt).toISOString() };
      return c.json(body, 201, { 'Cache-Control': 'no-store' });
    },
  );
}
