/** `GET /v1/history`: the log's rows of one server, newest first, as far as its owner may see them. */
import type { Change } from '../../../client-sdk/protocol/items.ts';
import type { Identity } from '../../identity/identity.ts';
import { WATCH_KEY_REFUSED } from '../../identity/middleware.ts';
import type { Policy } from '../../identity/policy-port.ts';
import { projectStream, type Store } from '../../ports/store.ts';
import { type Refusal, type RequestHandler, refusal, refused } from '../../socket/handshake.ts';
import { entitlementOf, mayFollowAll } from '../../stream/entitlement.ts';
import { type Item, itemsIn } from '../../stream/view.ts';
import { type AdmissionContext, caller } from './admission.ts';

export interface HistoryOptions extends Pick<AdmissionContext, 'authenticator'> {
  readonly store: Pick<Store, 'instance' | 'history'>;
  readonly policy: Policy;
  /** Brings the index by server up to date with the log. */
  readonly catchUp: () => Promise<void>;
}

const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;
/** Rows looked at for one page: under a narrow policy most may show nothing. */
const MAX_ROWS = 2_000;

export function createHistory(options: HistoryOptions): RequestHandler {
  const { store, policy, catchUp } = options;
  return async (request, address) => {
    const found = await caller(request, address, options);
    if ('refuse' in found) return refused(found);
    if (found.identity.kind === 'watch') return refused(refusal(403, 'forbidden', WATCH_KEY_REFUSED));
    const query = readQuery(new URL(request.url).searchParams);
    if ('refuse' in query) return refused(query);
    const { server, before, limit } = query;
    const { identity } = found;
    const projectId = await ownerOf(server, identity, options);
    if (projectId === undefined) return refused(notFound(server));
    const entitlement = entitlementOf(identity, { stream: 'project', project_id: projectId }, policy);
    if (entitlement === undefined) {
      return refused(refusal(403, 'forbidden', 'The policy does not show host_status to this token'));
    }
    await catchUp();
    const view = { visibility: entitlement.visibility, servers: new Set([server]) };
    const items: (Item & { seq: number })[] = [];
    let place = before;
    let looked = 0;
    let more = true;
    // What was committed together is not cut: a page may hold a little more than was asked for.
    while (more && items.length < limit && looked < MAX_ROWS) {
      const want = Math.min(limit - items.length, MAX_ROWS - looked);
      const rows = await store.history(projectStream(projectId), server, place, want);
      for (const { seq, items: text } of rows) {
        for (const item of trueItems(itemsIn(view, JSON.parse(text) as Change[])).toReversed())
          items.push({ ...item, seq });
        place = seq;
      }
      looked += rows.length;
      more = rows.length === want;
    }
    return Response.json(
      { server_id: server, items, next: more ? String(place) : null },
      { headers: { 'Cache-Control': 'no-store' } },
    );
  };
}

/** Of drills nothing is true: they are no part of what happened. */
function trueItems(items: readonly Item[]): Item[] {
  const isTrue = ({ kind }: Item) => kind !== 'drill';
  return items.filter(isTrue).map((item) => {
    const { drill: _, ...without } = item as Change;
    return without;
  });
}

/** Undefined also for another's: it does not exist. */
async function ownerOf(
  server: string,
  identity: Identity,
  { store, policy }: Pick<HistoryOptions, 'store' | 'policy'>,
): Promise<string | undefined> {
  const instance = await store.instance(server);
  if (instance === undefined) return undefined;
  return instance.projectId === identity.projectId || mayFollowAll(identity, policy)
    ? instance.projectId
    : undefined;
}

interface Query {
  readonly server: string;
  readonly before: number;
  readonly limit: number;
}

function readQuery(query: URLSearchParams): Query | Refusal {
  // A UUID in capitals is the same server.
  const server = (query.get('server') ?? '').toLowerCase();
  if (server === '' || server.length > 64) return invalid('server: must be the id of a server');
  const limit = query.get('limit') ?? String(DEFAULT_LIMIT);
  if (!/^[1-9]\d{0,5}$/.test(limit))
    return invalid(`limit: must be a whole number from 1 (at most ${MAX_LIMIT})`);
  const before = query.get('before') ?? String(Number.MAX_SAFE_INTEGER);
  if (!/^\d{1,16}$/.test(before)) return invalid('before: must be what "next" of the page before said');
  return { server, before: Number(before), limit: Math.min(Number(limit), MAX_LIMIT) };
}

function invalid(message: string): Refusal {
  return refusal(400, 'invalid', message);
}

function notFound(server: string): Refusal {
  return refusal(404, 'not_found', `There is no server ${server}`);
}
