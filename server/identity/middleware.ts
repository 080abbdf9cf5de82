/** The token filter in front of every endpoint that needs to know the caller. */
import type { MiddlewareHandler } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import { DomainError, retryAfterOf } from '../domain/errors.ts';
import type { RequestHead } from '../plain-http.ts';
import type { TokenRequest } from './access-rules/access-rules.ts';
import { LONGEST_SECRET } from './credential-limits.ts';
import type { Authenticator, Credential, Identity } from './identity.ts';

/** What `authenticated` sets for handlers: `c.var.identity`. */
export interface Env {
  Variables: { identity: Identity };
}

export interface AuthenticatedOptions {
  /** The form of refusals: that of Keystone's token filter (default), or that of our own `/v1`. */
  readonly api?: 'nova' | 'v1';
  /** URL of the identity service, for `WWW-Authenticate`. By default the request's own origin. */
  readonly baseUrl?: BaseUrl;
  readonly clientAddress?: (request: RequestHead) => string | undefined;
  /** Whether watch keys are accepted; by default they are not. */
  readonly watchKeys?: boolean;
}

/** The refusal, if the caller is refused. */
export interface RefusedRequest {
  readonly status: 400 | 401 | 403 | 429 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Sets `identity`, or refuses. */
export function authenticated(
  authenticator: Pick<Authenticator, 'authenticate' | 'challenge' | 'longestToken'>,
  options: AuthenticatedOptions = {},
): MiddlewareHandler<Env> {
  return async (c, next) => {
    const found = await identify(c.req.raw, authenticator, options);
    if ('status' in found) return c.json(found.body, found.status, found.headers);
    c.set('identity', found);
    await next();
  };
}

/**
 * Identifies the caller. Refuses a missing or invalid token with 401, and any token with 503 while it cannot be
 * checked. The Nova API reads `X-Auth-Token` only, as Keystone's filter does; `/v1` also takes `Authorization: Bearer`.
 */
export async function identify(
  request: RequestHead,
  authenticator: Pick<Authenticator, 'authenticate' | 'challenge' | 'longestToken'>,
  { api = 'nova', baseUrl, clientAddress, watchKeys = false }: AuthenticatedOptions = {},
): Promise<Identity | RefusedRequest> {
  const token = tokenOf(request.headers, api);
  const serviceToken = request.headers.get('x-service-token');
  const most = authenticator.longestToken ?? LONGEST_SECRET;
  if ((token?.length ?? 0) > most) return tooLong('X-Auth-Token or Authorization', most, api);
  if ((serviceToken?.length ?? 0) > most) return tooLong('X-Service-Token', most, api);
  let identity: Identity | undefined;
  let service: Identity | null | undefined = null;
  try {
    const address = clientAddress?.(request);
    const from: Omit<Credential, 'token'> =
      address === undefined ? { request: requestOf(request) } : { address, request: requestOf(request) };
    identity = token === undefined ? undefined : await authenticator.authenticate({ token, ...from });
    // A caller that asks on a user's behalf must itself be a service, as in Keystone's filter.
    if (serviceToken !== null) {
      service = await authenticator.authenticate({ token: serviceToken.trim(), ...from });
      if (service?.kind === 'watch') service = undefined;
    }
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unavailable') return unavailable(api);
    if (error instanceof DomainError && error.code === 'too_many') return tooMany(error, api);
    throw error;
  }
  if (identity?.kind === 'watch' && !watchKeys) return watchKeyRefused(api);
  // Rules may ask for the service's roles (`service_roles:service`).
  if (identity !== undefined && service !== undefined)
    return service === null ? identity : { ...identity, service };
  const base = baseUrl?.(request) ?? new URL(request.url).origin;
  return unauthorized(api, token === undefined, authenticator.challenge ?? `Keystone uri="${base}/identity"`);
}

/** The request, for tokens that have access rules. */
export function requestOf(request: Pick<RequestHead, 'method' | 'url' | 'path'>): TokenRequest {
  const { method, url } = request;
  if (request.path !== undefined) return { method, path: request.path };
  const start = url.indexOf('/', url.indexOf('://') + 3);
  const path = start < 0 ? '/' : url.slice(start).replace(/[?#].*$/s, '');
  return { method, path };
}

/** The token in a request's headers; undefined without one. The query string is never read. */
export function tokenOf(headers: RequestHead['headers'], api: 'nova' | 'v1' = 'v1'): string | undefined {
  const own = headers.get('x-auth-token')?.trim();
  if (own) return own;
  if (api === 'nova') return undefined;
  return /^Bearer +(\S+)$/i.exec(headers.get('authorization')?.trim() ?? '')?.[1];
}

function tooLong(header: string, most: number, api: 'nova' | 'v1'): RefusedRequest {
  return badRequest(`${header}: a token must not be longer than ${most} characters`, api);
}

function badRequest(message: string, words?: 'nova' | 'v1'): RefusedRequest {
  const error = words === 'v1' ? { code: 'invalid', message } : { code: 400, title: 'Bad Request', message };
  return { status: 400, headers: {}, body: { error } };
}

function unauthorized(api: 'nova' | 'v1', missing: boolean, challenge: string): RefusedRequest {
  const headers = { 'WWW-Authenticate': challenge };
  if (api === 'nova') {
    const message = 'The request you have made requires authentication.';
    return { status: 401, headers, body: { error: { code: 401, title: 'Unauthorized', message } } };
  }
  const message = missing
    ? 'A token is missing: send it as X-Auth-Token or as Authorization: Bearer'
    : 'The token is not valid: it is unknown, expired or revoked';
  return { status: 401, headers, body: { error: { code: 'unauthorized', message } } };
}

function tooMany(error: DomainError, api: 'nova' | 'v1'): RefusedRequest {
  const { message } = error;
  const headers = { 'Retry-After': String(retryAfterOf(error) ?? 1) };
  const body =
    api === 'nova' ? { code: 429, title: 'Too Many Requests', message } : { code: error.code, message };
  return { status: 429, headers, body: { error: body } };
}

export const WATCH_KEY_REFUSED =
  'A watch key follows servers and reads their status (/v1/stream, /v1/events, /v1/changes, /v1/status, /v1/tickets) and does nothing else';

function watchKeyRefused(api: 'nova' | 'v1'): RefusedRequest {
  const message = WATCH_KEY_REFUSED;
  const body =
    api === 'nova' ? { forbidden: { code: 403, message } } : { error: { code: 'forbidden', message } };
  return { status: 403, headers: {}, body };
}

function unavailable(api: 'nova' | 'v1'): RefusedRequest {
  const message = 'The identity service is unavailable; try again';
  const headers = { 'Retry-After': '5' };
  const error =
    api === 'nova' ? { code: 503, title: 'Service Unavailable', message } : { code: 'unavailable', message };
  return { status: 503, headers, body: { error } };
}
