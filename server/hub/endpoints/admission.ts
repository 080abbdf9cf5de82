import { DomainError, retryAfterOf } from '../../domain/errors.ts';
import type { TokenRequest } from '../../identity/access-rules/access-rules.ts';
import { isTooLong } from '../../identity/credential-limits.ts';
import type { Identity } from '../../identity/identity.ts';
import { requestOf, tokenOf } from '../../identity/middleware.ts';
import { type Refusal, refusal } from '../../socket/handshake.ts';
import { mayFollow } from '../../stream/entitlement.ts';
import type { Authenticated } from '../connection/authentication.ts';
import type { HubContext } from '../connection/context.ts';
import { type Denial, nothingToFollow, placeFor } from '../connection/place.ts';

export const RETRY_SECONDS = 5;

/** The refusal during a shutdown. */
export const RESTARTING: Refusal = refusal(503, 'unavailable', 'the server restarts', RETRY_SECONDS);

export type AdmissionContext = Pick<HubContext, 'authenticator' | 'policy' | 'connections' | 'settings'>;

/** Identifies the caller of a plain HTTP request, or says why it is refused. */
export async function caller(
  request: Request,
  address: string | undefined,
  context: Pick<AdmissionContext, 'authenticator' | 'policy'>,
): Promise<Required<Authenticated> | Refusal> {
  // A HEAD request would open a stream without a reader.
  if (request.method !== 'GET') return NOT_GET;
  const token = tokenOf(request.headers);
  return token === undefined ? TOKEN_MISSING : recognised(token, address, context, requestOf(request));
}

const NOT_GET: Refusal = {
  refuse: { ...refusal(405, 'invalid', 'the method is GET').refuse, headers: { Allow: 'GET' } },
};

const TOKEN_MISSING = refusal(
  401,
  'unauthorized',
  'A token is missing: send it as X-Auth-Token or as Authorization: Bearer',
);

const TOO_LONG = refusal(400, 'invalid', 'X-Auth-Token or Authorization: the token is too long to be valid');

/**
 * Identifies the caller by the token in a header, or says why it may follow nothing: with an HTTP status, because this
 * caller can read one.
 */
export async function recognised(
  token: string,
  address: string | undefined,
  context: Pick<AdmissionContext, 'authenticator' | 'policy'>,
  request: TokenRequest,
): Promise<Required<Authenticated> | Refusal> {
  if (isTooLong(token, context.authenticator)) return TOO_LONG;
  const identity = await unlessUnavailable(() => authenticate(token, address, context, request));
  if (identity instanceof DomainError) {
    return refusal(429, 'too_many', identity.message, retryAfterOf(identity));
  }
  if (identity === 'unavailable') {
    return refusal(503, 'unavailable', 'the identity service is unavailable now', RETRY_SECONDS);
  }
  if (identity === undefined) {
    return refusal(401, 'unauthorized', 'The token is not valid: it is unknown, expired or revoked');
  }
  if (!mayFollow(identity, context.policy)) {
    return deniedBy(nothingToFollow(identity));
  }
  return { identity, token, request };
}

/** The refusal if this identity has reached its limit of connections. */
export function crowded(
  { identity }: Authenticated,
  context: Pick<AdmissionContext, 'connections' | 'settings' | 'policy'>,
): Refusal | undefined {
  const found = placeFor(identity, context);
  return 'denied' in found ? deniedBy(found.denied) : undefined;
}

export function deniedBy({ status, code, message }: Denial): Refusal {
  return refusal(status, code, message, status === 429 ? RETRY_SECONDS : undefined);
}

/** @throws DomainError `unavailable` if the token cannot be checked now */
export async function authenticate(
  token: string,
  address: string | undefined,
  { authenticator }: Pick<AdmissionContext, 'authenticator'>,
  request: TokenRequest,
): Promise<Identity | undefined> {
  if (isTooLong(token, authenticator)) return undefined;
  return authenticator.authenticate({ token, ...(address === undefined ? {} : { address }), request });
}

/** @returns `unavailable` while the token cannot be checked, and the error itself if the address asks too often */
export async function unlessUnavailable<T>(ask: () => Promise<T>): Promise<T | 'unavailable' | DomainError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unavailable') return 'unavailable';
    if (error instanceof DomainError && error.code === 'too_many') return error;
    throw error;
  }
}
