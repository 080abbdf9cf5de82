/** The token filter in front of every door that needs to know who is asking. */
import type { Context, MiddlewareHandler } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import { DomainError } from '../domain/errors.ts';
import type { Authenticator, Identity } from './identity.ts';

/** What a handler behind `authenticated` finds: `c.var.identity`. */
export interface Env {
  Variables: { identity: Identity };
}

export interface AuthenticatedOptions {
  /** Whose words refusals are in: those of Keystone's token filter (default), or of our own `/v1`. */
  readonly door?: 'nova' | 'v1';
  /** Where the identity service stands, for `WWW-Authenticate`. Without it the request's own origin. */
  readonly baseUrl?: BaseUrl;
  readonly clientAddress?: (request: Request) => string | undefined;
}

/**
 * Sets `identity`, or refuses: 401 for a token that is missing or not valid, 503 while it cannot be told. The nova door
 * reads `X-Auth-Token` only, as Keystone's filter does; `/v1` also takes `Authorization: Bearer`.
 */
export function authenticated(
  authenticator: Pick<Authenticator, 'authenticate' | 'challenge'>,
  options: AuthenticatedOptions = {},
): MiddlewareHandler<Env> {
  const door = options.door ?? 'nova';
  return async (c, next) => {
    const token = tokenOf(c.req.raw.headers, door);
    let identity: Identity | undefined;
    try {
      const address = options.clientAddress?.(c.req.raw);
      identity =
        token === undefined
          ? undefined
          : await authenticator.authenticate({ token, ...(address === undefined ? {} : { address }) });
    } catch (error) {
      if (error instanceof DomainError && error.code === 'unavailable') return unavailable(c, door);
      throw error;
    }
    if (identity === undefined) {
      const base = options.baseUrl?.(c.req.raw) ?? new URL(c.req.url).origin;
      const challenge = authenticator.challenge ?? `Keystone uri="${base}/identity"`;
      return unauthorized(c, door, token === undefined, challenge);
    }
    c.set('identity', identity);
    await next();
  };
}

/** The token of a request's headers, undefined if there is none. A query string is never looked at. */
export function tokenOf(headers: Headers, door: 'nova' | 'v1' = 'v1'): string | undefined {
  const own = headers.get('x-auth-token')?.trim();
  if (own) return own;
  if (door === 'nova') return undefined;
  return /^Bearer +(\S+)$/i.exec(headers.get('authorization')?.trim() ?? '')?.[1];
}

function unauthorized(c: Context, door: 'nova' | 'v1', missing: boolean, challenge: string): Response {
  const headers = { 'WWW-Authenticate': challenge };
  if (door === 'nova') {
    const message = 'The request you have made requires authentication.';
    return c.json({ error: { code: 401, title: 'Unauthorized', message } }, 401, headers);
  }
  const message = missing
    ? 'A token is missing: send it as X-Auth-Token or as Authorization: Bearer'
    : 'The token is not valid: it is unknown, expired or revoked';
  return c.json({ error: { code: 'unauthorized', message } }, 401, headers);
}

function unavailable(c: Context, door: 'nova' | 'v1'): Response {
  const message = 'The identity service cannot be asked now; try again';
  const headers = { 'Retry-After': '5' };
  if (door === 'nova') {
    return c.json({ error: { code: 503, title: 'Service Unavailable', message } }, 503, headers);
  }
  return c.json({ error: { code: 'unavailable', message } }, 503, headers);
}
