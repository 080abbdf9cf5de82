/** `GET /v1/history`: the log's rows of one server, newest first, as far as its owner may see them. */
import type { Change } from '../../../client-sdk/protocol/items.ts';
import type { Identity } from '../../identity/identity.ts';
import { WATCH_KEY_REFUSED } from '../../identity/middleware.ts';
import type { Policy } from '../../identity/policy-port.ts';
import { type Steps, timeSlices } from '../../limits/time-slices.ts';
import { type LogRow, type Numbering, projectStream, type StreamName } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { type Refusal, type RequestHandler, refusal, refused } from '../../socket/handshake.ts';
import { entitlementOf, mayFollowAll } from '../../stream/entitlement.ts';
import { itemEpoch } from '../../stream/item-epoch.ts';
import { boundsBy, rowBy } from '../../stream/numbering.ts';
import { type Item, itemsIn, type StreamView } from '../../stream/view.ts';
import { type AdmissionContext, caller } from './admission.ts';
import { inPastQueue } from './in-past-queue.ts';

export interface HistoryOptions extends Pick<AdmissionContext, 'authenticator'> {
  readonly store: Pick<Store, 'epoch' | 'instance' | 'history' | 'log' | 'bounds'>;
  readonly policy: Policy;
  /** Brings the index of rows by server up to date with the log. */
  readonly catchUp: () => Promise<void>;
}

const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;
/** Rows read at once, and, for a reader whose pages may end anywhere, for one page. History shows nothing of drills. */
const ROWS = 100;
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
    const stream = projectStream(projectId);
    const view = { visibility: entitlement.visibility, servers: new Set([server]) };
    const read = (place: number, rows: number) => store.history(stream, server, place, rows);
    return inPastQueue(identity, request.signal, async () => {
      await catchUp();
      const from = await placeOf(before, view.visibility, stream, store);
      const { signal } = request;
      const page = await timeSlices.run(() => pageOf(store.epoch, limit, view, read, from), signal, stream);
      return Response.json({ server_id: server, ...page }, { headers: { 'Cache-Control': 'no-store' } });
    });
  };
}

/** The number in the log for a reader's own number: pages are read by the one, and shown by the other. */
async function placeOf(
  before: number,
  by: Numbering,
  stream: StreamName,
  store: Pick<Store, 'log' | 'bounds'>,
): Promise<number> {
  if (by === 'all') return before;
  const { head } = boundsBy(by, await store.bounds(stream));
  if (before > head) return Number.MAX_SAFE_INTEGER;
  const [row] = await store.log(stream, before - 1, before, 1, by);
  // The row was trimmed, with all rows before it.
  return row?.seq ?? 0;
}

/**
 * As many items as requested, or all there are: the end of a page must not reveal how many rows show this reader
 * nothing. The items of one commit stay together, so a page may have a few more than requested.
 */
function* pageOf(
  log: string,
  limit: number,
  view: StreamView,
  read: (before: number, limit: number) => Promise<readonly LogRow[]>,
  before: number,
): Steps<{ readonly items: readonly LoggedItem[]; readonly next: string | null }> {
  const items: LoggedItem[] = [];
  let place = before;
  for (let looked = 0; ; ) {
    const want = Math.min(ROWS, limit - items.length);
    let rows: readonly LogRow[] = [];
    yield read(place, want).then((found) => {
      rows = found;
    });
    for (const row of rows) {
      place = row.seq;
      const shown = rowBy(view.visibility, row);
      if (shown === undefined) continue;
      const { seq, entry } = shown;
      const epoch = itemEpoch(log, entry, view.visibility);
      for (const item of trueItems(itemsIn(view, JSON.parse(row.items) as Change[])).toReversed())
        items.push({ ...item, epoch, seq });
      yield undefined;
    }
    looked += rows.length;
    if (rows.length < want) return { items, next: null };
    const isEnough = items.length >= limit || (view.visibility === 'all' && looked >= MAX_ROWS);
    // Under a narrow policy a full page ends with an item, and so with a number of its reader.
    if (isEnough) return { items, next: String(view.visibility === 'all' ? place : items.at(-1)?.seq) };
  }
}

type LoggedItem = Item & { readonly epoch: string; readonly seq: number };

/** Leaves out drills: they show nothing that happened. */
function trueItems(items: readonly Item[]): Item[] {
  const isTrue = ({ kind }: Item) => kind !== 'drill';
  return items.filter(isTrue).map((item) => {
    const { drill: _, ...without } = item as Change;
    return without;
  });
}

/** Undefined also for a server of another project, which is answered like one that does not exist. */
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
  if (!/^\d{1,16}$/.test(before)) return invalid('before: must be the value of "next" in the previous page');
  return { server, before: Number(before), limit: Math.min(Number(limit), MAX_LIMIT) };
}

function invalid(message: string): Refusal {
  return refusal(400, 'invalid', message);
}

function notFound(server: string): Refusal {
  return refusal(404, 'not_found', `There is no server ${server}`);
}
