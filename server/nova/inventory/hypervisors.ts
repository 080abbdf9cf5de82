/** One hypervisor for each compute service, by the service's id. */
import { DomainError } from '../../domain/errors.ts';
import { COMPUTE, type Service } from '../../domain/service.ts';
import { inSlices } from '../../limits/time-slices.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { badRequest } from '../faults.ts';
import { Links } from '../links.ts';
import { SINCE } from '../microversions.ts';
import { isLargeList, listPieces } from '../pieces.ts';
import { refused } from '../query.ts';
import {
  hypervisorDetail,
  hypervisorId,
  hypervisorLine,
  hypervisorStatistics,
} from '../representations/hypervisor.ts';
import { BooleanLike, canonicalId, HostName, isUuidLike, queryBoolean } from '../validation.ts';

/** Most servers shown for one hypervisor, and most hypervisors in one page. */
const MOST = 1000;

type View = (service: Service) => Promise<object> | object;

export async function listHypervisors(call: Call, nova: Nova): Promise<NovaAnswer> {
  return list(call, nova, 'os-hypervisors', (service) => hypervisorLine(service, call.version));
}

export async function listHypervisorsInDetail(call: Call, nova: Nova): Promise<NovaAnswer> {
  return list(call, nova, 'os-hypervisors/detail', (service) => detail(service, call, nova));
}

export async function showHypervisor(call: Call, nova: Nova): Promise<NovaAnswer> {
  const withServers = asksForServers(parametersOf(call, ['with_servers']));
  authorize(nova, call, 'os_compute_api:os-hypervisors:show');
  const service = await find(call, nova);
  const hypervisor = await detail(service, call, nova);
  const servers = withServers ? await serversOn(service.host, call, nova) : {};
  return { status: 200, body: { hypervisor: { ...hypervisor, ...servers } } };
}

/** Below 2.53 the two look-ups by name had paths of their own. */
export async function searchHypervisors(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:search');
  const found = await matching(call.param('id'), nova);
  return {
    status: 200,
    body: { hypervisors: found.map((service) => hypervisorLine(service, call.version)) },
  };
}

export async function listServersOfHypervisors(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:servers');
  const one = async (service: Service) => {
    const servers = await serversOn(service.host, call, nova);
    return JSON.stringify({ ...hypervisorLine(service, call.version), ...servers });
  };
  const hypervisors = await inSlices(await matching(call.param('id'), nova), one, call);
  return listed(hypervisors);
}

/** With all their servers they may take megabytes. */
function listed(hypervisors: readonly string[], links = ''): NovaAnswer {
  return isLargeList(hypervisors)
    ? { status: 200, texts: listPieces('{"hypervisors":[', hypervisors, `]${links}}`) }
    : { status: 200, text: `{"hypervisors":[${hypervisors}]${links}}` };
}

/** `GET /os-hypervisors/{id}/uptime`, until 2.87: unknown here. */
export async function showUptime(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:uptime');
  await find(call, nova);
  throw new DomainError('not_implemented', 'The requested functionality is not supported.');
}

/** `GET /os-hypervisors/statistics`, until 2.87: the details of all enabled ones, added up. */
export async function showStatistics(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:statistics');
  const services = (await nova.store.services({ binary: COMPUTE })).filter(({ disabled }) => !disabled);
  const used = await inSlices(services, ({ host }) => nova.store.usage({ host }), call);
  return { status: 200, body: { hypervisor_statistics: hypervisorStatistics(used) } };
}

/** Finds one by the version's kind of id, whose form is checked from 2.53 on. */
async function find(call: Call, nova: Nova): Promise<Service> {
  const id = call.param('id');
  if (call.version >= SINCE.serviceUuid && !isUuidLike(id))
    throw badRequest(`Invalid uuid ${id.slice(0, 80)}`);
  const services = await nova.store.services({ binary: COMPUTE });
  const service = services.find((one) => String(hypervisorId(one, call.version)) === canonicalId(id));
  if (service === undefined) throw new DomainError('not_found', 'Hypervisor could not be found.');
  return service;
}

async function list(call: Call, nova: Nova, path: string, view: View): Promise<NovaAnswer> {
  const parameters = parametersOf(call, LISTED);
  const withServers = asksForServers(parameters);
  authorize(nova, call, `os_compute_api:os-hypervisors:${path.endsWith('detail') ? 'list-detail' : 'list'}`);
  const pattern = parameters.get('hypervisor_hostname_pattern');
  const isPage = parameters.has('limit') || parameters.has('marker');
  if (pattern !== undefined && isPage) {
    throw badRequest('Paging over hypervisors with hypervisor_hostname_pattern is not supported.');
  }
  const all =
    pattern === undefined ? await nova.store.services({ binary: COMPUTE }) : await matching(pattern, nova);
  const limit = Math.min(Number(parameters.get('limit') ?? MOST), MOST);
  const services =
    call.version >= SINCE.hypervisorsPaged ? pageOf(all, parameters.get('marker'), limit, call) : all;
  const one = async (service: Service) => {
    const servers = withServers ? await serversOn(service.host, call, nova) : {};
    return JSON.stringify({ ...(await view(service)), ...servers });
  };
  const hypervisors = await inSlices(services, one, call);
  const last = services.at(-1);
  const isPaged = call.version >= SINCE.hypervisorsPaged && pattern === undefined;
  const next =
    isPaged && last !== undefined && services.length === limit
      ? [new Links(call).next(path, call.query, String(hypervisorId(last, call.version)))]
      : undefined;
  const links = next === undefined ? '' : `,"hypervisors_links":${JSON.stringify(next)}`;
  return listed(hypervisors, links);
}

function pageOf(all: readonly Service[], marker: string | undefined, limit: number, call: Call) {
  const isMarker = (service: Service) => String(hypervisorId(service, call.version)) === marker;
  const at = marker === undefined ? -1 : all.findIndex(isMarker);
  if (marker !== undefined && at < 0) throw badRequest(`Marker ${marker.slice(0, 80)} could not be found.`);
  return all.slice(at + 1, at + 1 + limit);
}

const PAGING = ['limit', 'marker'];
const LISTED = [...PAGING, 'hypervisor_hostname_pattern', 'with_servers'];

/** From 2.53 on each may be given once, and nothing else; before, only paging exists, and the rest is ignored. */
function parametersOf(call: Call, listed: readonly string[]): Map<string, string> {
  const closed = call.version >= SINCE.serviceUuid;
  const paged = call.version >= SINCE.hypervisorsPaged;
  const names = listed.filter((name) => closed || (paged && PAGING.includes(name)));
  const parameters = new Map<string, string>();
  for (const [name, value] of call.query) {
    const known = names.includes(name);
    if (known && isReadable(name, value) && !(closed && parameters.has(name))) parameters.set(name, value);
    else if (known || closed) throw refused(name, value, `Known parameters, each once: ${names.join(', ')}.`);
  }
  return parameters;
}

function isReadable(name: string, value: string): boolean {
  if (name === 'limit') return /^\d+$/.test(value);
  if (name === 'hypervisor_hostname_pattern') return HostName.safeParse(value).success;
  return name !== 'with_servers' || BooleanLike.safeParse(value).success;
}

/** Matches a part of the name (Nova). */
async function matching(pattern: string, nova: Nova): Promise<readonly Service[]> {
  const services = await nova.store.services({ binary: COMPUTE });
  const found = services.filter(({ host }) => host.includes(pattern));
  if (found.length === 0) {
    throw new DomainError('not_found', `No hypervisor matching '${pattern.slice(0, 80)}' could be found.`);
  }
  return found;
}

function asksForServers(parameters: ReadonlyMap<string, string>): boolean {
  return queryBoolean(parameters.get('with_servers') ?? 'false') === true;
}

async function detail(service: Service, call: Call, nova: Nova) {
  const { host } = service;
  const withSizes = call.version < SINCE.hypervisorsWithoutSizes;
  const used = withSizes ? await nova.store.usage({ host }) : undefined;
  return hypervisorDetail(service, call.version, used, nova.addressOf?.(host) ?? null);
}

/** Without servers the key is left out below 2.75. */
async function serversOn(host: string, call: Call, nova: Nova) {
  const servers = await nova.store.namesOnHost(host, MOST);
  if (servers.length === 0 && call.version < SINCE.wholeServer) return {};
  return { servers: servers.map(({ id, name }) => ({ uuid: id, name })) };
}
