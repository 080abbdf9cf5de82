/** `GET /servers` and `GET /servers/detail`. */
import type { HostStatus } from '../../../../client-sdk/protocol/host-status.ts';
import type { Facts } from '../../../../client-sdk/protocol/items.ts';
import type { Instance } from '../../../domain/instances/instance.ts';
import type { Visibility } from '../../../identity/policy-port.ts';
import { inSlices } from '../../../limits/time-slices.ts';
import type { InstanceFilter } from '../../../ports/instance-query.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../../call.ts';
import { badRequest } from '../../faults.ts';
import { Links } from '../../links.ts';
import { SINCE } from '../../microversions.ts';
import { serverLine } from '../../representations/server.ts';
import { ServerTexts } from '../../representations/server-texts.ts';
import { audienceOf, visibleHostStatus } from '../view.ts';
import { filterOf, hostStatusesOf } from './filters.ts';
import { knownParameters } from './known-parameters.ts';
import { sortOf } from './sorting.ts';

/** Largest page, as Nova's default. */
const MAX_LIMIT = 1000;

export async function listServers(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { instances, nextAfter } = await page(call, nova, 'index');
  const links = new Links(call);
  const line = (instance: Instance) => JSON.stringify(serverLine(instance, links));
  return listed(await inSlices(instances, line, sharing(call)), linksOf(links, 'servers', call, nextAfter));
}

export async function listServersInDetail(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { instances, nextAfter } = await page(call, nova, 'detail');
  const links = new Links(call);
  const audience = audienceOf(call, nova);
  const visibility = visibilityOf(call, nova);
  const computes = visibility === 'none' ? NONE : await computesBelow(instances, nova);
  const texts = new ServerTexts({ version: call.version, audience, occasion: 'detail' }, links);
  const text = (instance: Instance) => {
    const facts = instance.host === null ? undefined : computes.get(instance.host);
    return texts.of(instance, visibleHostStatus(instance, facts, visibility, nova));
  };
  const servers = await inSlices(instances, text, sharing(call));
  return listed(servers, linksOf(links, 'servers/detail', call, nextAfter));
}

function listed(servers: readonly string[], links: Readonly<Record<string, unknown>>): NovaAnswer {
  const members = Object.entries(links).map(
    ([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  return { status: 200, text: `{"servers":[${servers.join(',')}]${members.join('')}}` };
}

/** Projects share the time equally, as they share search places. */
function sharing({ identity, signal }: Call) {
  return { signal, key: identity.projectId ?? identity.userId };
}

interface Page {
  readonly instances: readonly Instance[];
  /** Id of the last server, if the page is full. */
  readonly nextAfter: string | undefined;
}

const NOTHING: Page = { instances: [], nextAfter: undefined };

/** Checks in Nova's order: the query, the rule, then the values of the parameters. */
async function page(call: Call, nova: Nova, list: 'index' | 'detail'): Promise<Page> {
  const visibility = visibilityOf(call, nova);
  const parameters = knownParameters(call, nova, visibility !== 'none');
  authorize(nova, call, `os_compute_api:servers:${list}`);
  const asked = filterOf(call, nova, parameters, list);
  if (asked === undefined) return NOTHING;
  const sort = sortOf(call);
  const limit = Math.min(Number(parameters.get('limit') ?? MAX_LIMIT), MAX_LIMIT);
  const marker = parameters.get('marker');
  const wanted = parameters.has('host_status') ? seen(hostStatusesOf(call), visibility) : undefined;
  const filter = wanted === undefined ? asked : withHostStatus(asked, wanted);
  if (filter === undefined || limit === 0) return NOTHING;
  const { instances, unknownMarker } = await nova.store.instances({
    filter,
    sort,
    limit,
    caller: call.identity.projectId ?? call.identity.userId,
    signal: call.signal,
    ...(marker ? { marker: marker.toLowerCase() } : {}),
  });
  if (unknownMarker) throw badRequest(`marker [${marker?.slice(0, 80)}] not found`);
  return { instances, nextAfter: instances.length === limit ? instances.at(-1)?.id : undefined };
}

/** A list asks the rule once, for the caller's own project, and applies the answer to every row (Nova). */
function visibilityOf(call: Call, nova: Nova): Visibility {
  const { identity, version } = call;
  if (version < SINCE.hostStatus || identity.projectId === null) return 'none';
  return nova.policy.hostStatusVisibility(identity, identity.projectId);
}

/** A filter must not reveal what the answer would hide: a caller who sees only UNKNOWN may filter by nothing else. */
function seen(statuses: readonly HostStatus[], visibility: Visibility): readonly HostStatus[] {
  return visibility === 'all' ? statuses : statuses.filter((status) => status === 'UNKNOWN');
}

/** A deleted server has the empty status, whatever the status of its host. Undefined: nothing can match. */
function withHostStatus(
  filter: InstanceFilter,
  hostStatus: readonly HostStatus[],
): InstanceFilter | undefined {
  if (filter.deleted === true) {
    return hostStatus.includes('') ? { ...filter, softDeletedToo: false } : undefined;
  }
  return { ...filter, hostStatus, deleted: false };
}

const NONE: ReadonlyMap<string, Facts> = new Map();

async function computesBelow(
  instances: readonly Instance[],
  nova: Nova,
): Promise<ReadonlyMap<string, Facts>> {
  const hosts = new Set(instances.flatMap(({ host }) => (host === null ? [] : [host])));
  return hosts.size === 0 ? NONE : nova.store.computeFacts([...hosts]);
}

function linksOf(links: Links, collection: string, call: Call, nextAfter: string | undefined) {
  return nextAfter === undefined ? {} : { servers_links: [links.next(collection, call.query, nextAfter)] };
}
