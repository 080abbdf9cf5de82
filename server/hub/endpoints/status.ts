/** `GET /v1/status?servers=…`: the present state of the named servers. The smallest read, also open to watch keys. */
import type { Clock } from '../../domain/clock.ts';
import type { Rules } from '../../domain/decision.ts';
import { type Instance, isPresent } from '../../domain/instances/instance.ts';
import { serverState } from '../../domain/instances/placement.ts';
import { COMPUTE, type Service } from '../../domain/service.ts';
import type { Observer } from '../../domain/silence/observer.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Policy } from '../../identity/policy-port.ts';
import { inSlices } from '../../limits/time-slices.ts';
import type { SnapshotRemark, Store } from '../../ports/store.ts';
import { type Refusal, type RequestHandler, refusal, refused } from '../../socket/handshake.ts';
import { type Entitlement, entitlementOf, mayFollowAll } from '../../stream/entitlement.ts';
import { type State, statesIn, viewOf } from '../../stream/view.ts';
import { healthOf } from '../connection/observer.ts';
import { type AdmissionContext, caller } from './admission.ts';

export interface StatusOptions extends Pick<AdmissionContext, 'authenticator'> {
  readonly store: Pick<Store, 'instance' | 'service'>;
  readonly policy: Policy;
  readonly observer: Observer;
  readonly rules: Rules;
  readonly clock: Clock;
}

/** Each server needs its own look-up; for more servers there is the snapshot of `/v1/changes`. */
export const MOST_SERVERS = 100;
const LONGEST_SERVER_ID = 64;

export function createStatus(options: StatusOptions): RequestHandler {
  const { policy, observer, clock } = options;
  return async (request, address) => {
    const found = await caller(request, address, options);
    if ('refuse' in found) return refused(found);
    const wanted = serversOf(new URL(request.url).searchParams);
    if ('refuse' in wanted) return refused(wanted);
    const { identity } = found;
    if (entitlementOf(identity, { stream: 'project' }, policy) === undefined)
      return refused(refusal(403, 'forbidden', 'The policy does not show host_status to this token'));
    const servers = await statesOf(wanted, identity, request.signal, options);
    const shown = new Set(servers.map((state) => ('server_id' in state ? state.server_id : '')));
    const health = healthOf(observer, 'owners', clock.now());
    return Response.json(
      { servers, unknown: wanted.filter((id) => !shown.has(id)), health },
      { headers: { 'Cache-Control': 'no-store' } },
    );
  };
}

/**
 * In the order of the request, without the servers that do not exist and those of another project. A hundred look-ups
 * share the event loop with other work, since many such requests may arrive at once.
 */
async function statesOf(
  ids: readonly string[],
  identity: Identity,
  signal: AbortSignal,
  options: StatusOptions,
): Promise<readonly State[]> {
  const { store, rules, policy, observer } = options;
  const computes = new Map<string | null, Service | undefined>();
  const look = async (id: string): Promise<readonly State[]> => {
    const instance = await store.instance(id);
    const entitlement = entitlementTo(instance, identity, policy);
    if (entitlement === undefined || !isPresent(instance)) return [];
    const { host } = instance;
    if (host !== null && !computes.has(host))
      computes.set(host, await store.service({ host, binary: COMPUTE }));
    const doubt = host === null ? undefined : remarkOf(observer)({ host, binary: COMPUTE });
    const state = { ...serverState(instance, computes.get(host), rules), ...doubt };
    return statesIn(viewOf({}, entitlement), [state]);
  };
  return (await inSlices(ids, look, { signal, key: identity.projectId ?? identity.userId })).flat();
}

function entitlementTo(
  instance: Instance | undefined,
  identity: Identity,
  policy: Policy,
): Entitlement | undefined {
  if (instance === undefined) return undefined;
  const { projectId } = instance;
  if (projectId !== identity.projectId && !mayFollowAll(identity, policy)) return undefined;
  return entitlementOf(identity, { stream: 'project', project_id: projectId }, policy);
}

function remarkOf(observer: Observer): SnapshotRemark {
  return (service) => {
    const confidence = observer.doubtAbout(service);
    return confidence === undefined ? {} : { confidence };
  };
}

/** The parameter may be repeated, or have lists with commas; a UUID in capitals is the same server. */
function serversOf(query: URLSearchParams): readonly string[] | Refusal {
  const given = query.getAll('servers').flatMap((text) => text.split(','));
  const ids = [...new Set(given.map((id) => id.trim().toLowerCase()).filter((id) => id !== ''))];
  if (ids.length === 0)
    return refusal(400, 'invalid', `servers: must name 1 to ${MOST_SERVERS} servers, as ?servers=ID,ID`);
  if (ids.length > MOST_SERVERS)
    return refusal(
      400,
      'invalid',
      `servers: names ${ids.length}, and at most ${MOST_SERVERS} are answered at once; ask for the others in another request, or follow /v1/changes`,
    );
  if (ids.some((id) => id.length > LONGEST_SERVER_ID))
    return refusal(400, 'invalid', `servers: an id must not be longer than ${LONGEST_SERVER_ID} characters`);
  return ids;
}
