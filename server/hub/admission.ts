import { DomainError } from '../domain/errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { HubContext } from './context.ts';
import { mayFollow } from './entitlement.ts';
import type { Authenticated } from './standing.ts';
import { type Refusal, refusal } from './upgrade.ts';

export const RETRY_SECONDS = 5;

/** The refusal for whoever comes while nobody is let in any more. */
export const RESTARTING: Refusal = refusal(503, 'unavailable', 'the server restarts', RETRY_SECONDS);

export type AdmissionContext = Pick<HubContext, 'authenticator' | 'policy' | 'connections' | 'settings'>;

/** Who came with a token in a header, or why he may not follow anything: in an HTTP status, which he can read. */
export async function admitted(
  token: string,
  address: string | undefined,
  context: AdmissionContext,
): Promise<Authenticated | Refusal> {
  const identity = await unlessUnavailable(() => authenticate(token, address, context));
  if (identity === 'unavailable') {
    return refusal(503, 'unavailable', 'the identity service cannot be asked now', RETRY_SECONDS);
  }
  if (identity === undefined) {
    return refusal(401, 'unauthorized', 'The token is not valid: it is unknown, expired or revoked');
  }
  if (!mayFollow(identity, context.policy)) {
    return refusal(403, 'forbidden', 'The token is of no project: ask for one that is scoped to a project');
  }
  return context.connections.hasRoomFor(identity.projectId) ? { identity, token } : noRoom(context);
}

export function noRoom({ settings }: Pick<AdmissionContext, 'settings'>): Refusal {
  const message = `the project holds ${settings.maxConnectionsPerProject} connections, which is all it may`;
  return refusal(429, 'limit', message, RETRY_SECONDS);
}

/** @throws DomainError `unavailable` if it cannot be told now */
export function authenticate(
  token: string,
  address: string | undefined,
  { authenticator }: Pick<AdmissionContext, 'authenticator'>,
): Promise<Identity | undefined> {
  return authenticator.authenticate({ token, ...(address === undefined ? {} : { address }) });
}

export async function unlessUnavailable<T>(ask: () => Promise<T>): Promise<T | 'unavailable'> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unavailable') return 'unavailable';
    throw error;
  }
}
