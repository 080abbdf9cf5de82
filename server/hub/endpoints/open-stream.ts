import type { Subscribe } from '../../../client-sdk/protocol/upstream.ts';
import { type Refusal, refusal } from '../../socket/handshake.ts';
import { type Entitlement, entitlementOf } from '../../stream/entitlement.ts';
import type { Authenticated } from '../connection/authentication.ts';
import { type AdmissionContext, caller, crowded, RESTARTING } from './admission.ts';
import type { EndpointHost } from './stream.ts';
import { readStreamQuery } from './stream-query.ts';

export interface Opening {
  readonly authenticated: Authenticated;
  readonly subscribe: Subscribe;
  readonly entitlement: Entitlement;
  readonly query: URLSearchParams;
}

/**
 * Checks whether the caller may follow a stream by plain HTTP: the caller, the stream and the caller's right. Reports
 * every problem known before the answer begins by its status.
 */
export async function openStream(
  request: Request,
  address: string | undefined,
  context: AdmissionContext,
  host: Pick<EndpointHost, 'isShut'>,
  cursorOf: (query: URLSearchParams) => string | null,
): Promise<Opening | Refusal> {
  if (host.isShut()) return RESTARTING;
  const authenticated = await caller(request, address, context);
  if ('refuse' in authenticated) return authenticated;
  const full = crowded(authenticated, context);
  if (full !== undefined) return full;
  const query = new URL(request.url).searchParams;
  const read = readStreamQuery(query, cursorOf(query) ?? undefined);
  if ('problem' in read) return refusal(400, 'invalid', read.problem);
  const entitlement = entitlementOf(authenticated.identity, read.subscribe, context.policy);
  return entitlement === undefined
    ? NOT_ENTITLED
    : { authenticated, subscribe: read.subscribe, entitlement, query };
}

/** The answer is the same whether or not such a stream exists. */
export const NOT_ENTITLED: Refusal = refusal(403, 'forbidden', 'The token gives no access to this stream');
