/** `GET /v1/explain?server=…`: why a server has the status that its owner sees, as far as that owner may know. */
import type { Change } from '../../../client-sdk/protocol/items.ts';
import { type Clock, type Instant, rfc3339 } from '../../domain/clock.ts';
import { explainServer, type ServerExplainContext } from '../../explain/server.ts';
import type { Identity } from '../../identity/identity.ts';
import { WATCH_KEY_REFUSED } from '../../identity/middleware.ts';
import type { Policy } from '../../identity/policy-port.ts';
import { type LogRow, projectStream } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { type Refusal, type RequestHandler, refusal, refused } from '../../socket/handshake.ts';
import { entitlementOf, mayFollowAll } from '../../stream/entitlement.ts';
import { rowBy } from '../../stream/numbering.ts';
import { itemsIn } from '../../stream/view.ts';
import { type AdmissionContext, caller } from './admission.ts';
import { inPastQueue } from './in-past-queue.ts';

export interface ExplainOptions extends Pick<AdmissionContext, 'authenticator'>, ServerExplainContext {
  readonly store: Pick<Store, 'instance' | 'history'>;
  readonly policy: Policy;
  readonly clock: Clock;
}

export function createExplain(options: ExplainOptions): RequestHandler {
  const { store, policy, clock } = options;
  return async (request, address) => {
    const found = await caller(request, address, options);
    if ('refuse' in found) return refused(found);
    const { identity } = found;
    if (identity.kind === 'watch') return refused(refusal(403, 'forbidden', WATCH_KEY_REFUSED));
    const query = readQuery(new URL(request.url).searchParams, clock.now());
    if ('refuse' in query) return refused(query);
    const { server, at } = query;
    const instance = await store.instance(server);
    if (instance === undefined || !isTheirs(instance.projectId, identity, policy))
      return refused(refusal(404, 'not_found', `There is no server ${server}`));
    const { projectId } = instance;
    const entitlement = entitlementOf(identity, { stream: 'project', project_id: projectId }, policy);
    if (entitlement === undefined)
      return refused(refusal(403, 'forbidden', 'The policy does not show host_status to this token'));
    const view = { visibility: entitlement.visibility, servers: new Set([server]) };
    const context = {
      ...options,
      items: ({ items }: LogRow) => itemsIn(view, JSON.parse(items) as Change[]) as Change[],
      numberOf: (row: LogRow) => rowBy(view.visibility, row)?.seq ?? 0,
    };
    const explained = {
      id: server,
      projectId,
      addedAt: instance.createdAt,
      stream: projectStream(projectId),
    };
    return inPastQueue(identity, request.signal, async () => {
      const explanation = await explainServer(explained, at, context);
      return Response.json(explanation, { headers: { 'Cache-Control': 'no-store' } });
    });
  };
}

/** A server of another project is answered like one that does not exist. */
function isTheirs(projectId: string, identity: Identity, policy: Policy): boolean {
  return projectId === identity.projectId || mayFollowAll(identity, policy);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i;

function readQuery(
  query: URLSearchParams,
  now: Instant,
): { readonly server: string; readonly at: Instant | undefined } | Refusal {
  // A UUID in capitals is the same server.
  const server = (query.get('server') ?? '').toLowerCase();
  if (server === '' || server.length > 64) return invalid('server: must be the id of a server');
  const text = query.get('at');
  if (text === null) return { server, at: undefined };
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return invalid('at: must be a time such as 2026-01-01T12:00:00Z');
  if (at > now)
    return invalid(`at: must not be later than now, which is ${rfc3339(now)} here; leave it out for now`);
  return { server, at };
}

function invalid(message: string): Refusal {
  return refusal(400, 'invalid', message);
}
