/**
 * Decides whether an identity may follow a stream, and which limit it counts against. All endpoints share this
 * decision.
 */
import { CLOSE, type CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { Identity } from '../../identity/identity.ts';
import { mayFollow, mayNotFollow } from '../../stream/entitlement.ts';
import type { LimitKey } from './connections.ts';
import type { HubContext } from './context.ts';

/** Why the identity may not connect: as an HTTP status for one kind of client, as a close code for the other. */
export interface Denial {
  readonly code: 'forbidden' | 'limit';
  readonly message: string;
  readonly status: 403 | 429;
  readonly close: CloseCode;
}

export type PlaceContext = Pick<HubContext, 'policy' | 'connections' | 'settings'>;

/** @returns the limit that it counts against, if that is not reached; does not count the connection yet */
export function placeFor(
  identity: Identity,
  { policy, connections, settings }: PlaceContext,
): { readonly place: LimitKey } | { readonly denied: Denial } {
  if (!mayFollow(identity, policy)) return { denied: nothingToFollow(identity) };
  const { projectId, userId } = identity;
  const place: LimitKey = projectId === null ? `user:${userId}` : `project:${projectId}`;
  return connections.hasPlaceFor(place)
    ? { place }
    : { denied: full(projectId === null ? 'user' : 'project', settings.maxConnectionsPerProject) };
}

/** The denial of a token that may follow no stream. */
export function nothingToFollow(identity: Identity): Denial {
  return { code: 'forbidden', message: mayNotFollow(identity), status: 403, close: CLOSE.forbidden };
}

function full(whose: 'user' | 'project', limit: number): Denial {
  return {
    code: 'limit',
    message: `this ${whose} has reached its limit of ${limit} connections`,
    status: 429,
    close: CLOSE.limit,
  };
}
