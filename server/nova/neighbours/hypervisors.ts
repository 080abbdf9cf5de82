/** One hypervisor for each compute service, by the service's id. */
import { DomainError } from '../../domain/errors.ts';
import { COMPUTE, type Service } from '../../domain/service.ts';
import { type Answer, authorize, type Call, type Nova } from '../call.ts';
import { badRequest, NovaFault } from '../faults.ts';
import { Links } from '../links.ts';
import { SINCE } from '../microversions.ts';
import { hypervisorDetail, hypervisorId, hypervisorLine } from '../representations/hypervisor.ts';
import { canonicalId, queryBoolean } from '../validation.ts';

/** As many servers as are told of one hypervisor, and as many hypervisors as one page holds. */
const MOST = 1000;

type View = (service: Service) => Promise<object> | object;

export async function listHypervisors(call: Call, nova: Nova): Promise<Answer> {
  return list(call, nova, 'os-hypervisors', (service) => hypervisorLine(service, call.version));
}

export async function listHypervisorsInDetail(call: Call, nova: Nova): Promise<Answer> {
  return list(call, nova, 'os-hypervisors/detail', (service) => detail(service, call, nova));
}

export async function showHypervisor(call: Call, nova: Nova): Promise<Answer> {
  const withServers = asksForServers(call);
  authorize(nova, call, 'os_compute_api:os-hypervisors:show');
  const id = canonicalId(call.param('id'));
  const services = await nova.store.services({ binary: COMPUTE });
  const service = services.find((one) => String(hypervisorId(one, call.version)) === id);
  if (service === undefined) throw new DomainError('not_found', 'Compute host could not be found.');
  const hypervisor = await detail(service, call, nova);
  const servers = withServers ? await serversOn(service.host, call, nova) : {};
  return { status: 200, body: { hypervisor: { ...hypervisor, ...servers } } };
}

/** Below 2.53 the two look-ups by name had paths of their own. */
export async function searchHypervisors(call: Call, nova: Nova): Promise<Answer> {
  refuseSince(call, SINCE.serviceUuid);
  authorize(nova, call, 'os_compute_api:os-hypervisors:search');
  const found = await matching(call.param('id'), nova);
  return {
    status: 200,
    body: { hypervisors: found.map((service) => hypervisorLine(service, call.version)) },
  };
}

export async function listServersOfHypervisors(call: Call, nova: Nova): Promise<Answer> {
  refuseSince(call, SINCE.serviceUuid);
  authorize(nova, call, 'os_compute_api:os-hypervisors:servers');
  const hypervisors = [];
  for (const service of await matching(call.param('id'), nova)) {
    const servers = await serversOn(service.host, call, nova);
    hypervisors.push({ ...hypervisorLine(service, call.version), ...servers });
  }
  return { status: 200, body: { hypervisors } };
}

/** `GET /os-hypervisors/{id}/uptime`, until 2.87: nobody told us. */
export async function showUptime(call: Call, nova: Nova): Promise<Answer> {
  refuseSince(call, SINCE.hypervisorsWithoutSizes);
  authorize(nova, call, 'os_compute_api:os-hypervisors:uptime');
  await showHypervisor(call, nova);
  throw new DomainError('not_implemented', 'The requested functionality is not supported.');
}

function refuseSince(call: Call, version: number): void {
  if (call.version >= version) throw new NovaFault(404, 'The resource could not be found.');
}

async function list(call: Call, nova: Nova, path: string, view: View): Promise<Answer> {
  const parameters = parametersOf(call);
  const withServers = asksForServers(call);
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
  const hypervisors = [];
  for (const service of services) {
    const servers = withServers ? await serversOn(service.host, call, nova) : {};
    hypervisors.push({ ...(await view(service)), ...servers });
  }
  const last = services.at(-1);
  const isFull = call.version >= SINCE.hypervisorsPaged && last !== undefined && services.length === limit;
  const next = isFull
    ? [new Links(call).next(path, call.query, String(hypervisorId(last, call.version)))]
    : undefined;
  return {
    status: 200,
    body: { hypervisors, ...(next === undefined ? {} : { hypervisors_links: next }) },
  };
}

function pageOf(all: readonly Service[], marker: string | undefined, limit: number, call: Call) {
  const isMarker = (service: Service) => String(hypervisorId(service, call.version)) === marker;
  const at = marker === undefined ? -1 : all.findIndex(isMarker);
  if (marker !== undefined && at < 0) throw badRequest(`Marker ${marker.slice(0, 80)} could not be found.`);
  return all.slice(at + 1, at + 1 + limit);
}

/** What the version knows; of several the last. What it does not know is refused from 2.75 on. */
function parametersOf(call: Call): Map<string, string> {
  const known = [
    ...(call.version >= SINCE.hypervisorsPaged ? ['limit', 'marker'] : []),
    ...(call.version >= SINCE.serviceUuid ? ['hypervisor_hostname_pattern', 'with_servers'] : []),
  ];
  const parameters = new Map<string, string>();
  for (const [name, value] of call.query) {
    if (known.includes(name)) parameters.set(name, value);
    else if (call.version >= SINCE.wholeServer) {
      throw badRequest(
        `Invalid input for query parameters ${name.slice(0, 80)}. Additional properties are not allowed.`,
      );
    }
  }
  const limit = parameters.get('limit');
  if (limit !== undefined && !/^\d+$/.test(limit)) {
    throw badRequest(
      `Invalid input for query parameters limit. Value: ${limit.slice(0, 80)}. It is no integer of 0 or more.`,
    );
  }
  return parameters;
}

/** A part of the name is enough (Nova). */
async function matching(pattern: string, nova: Nova): Promise<readonly Service[]> {
  const services = await nova.store.services({ binary: COMPUTE });
  const found = services.filter(({ host }) => host.includes(pattern));
  if (found.length === 0) {
    throw new DomainError('not_found', `No hypervisor matching '${pattern.slice(0, 80)}' could be found.`);
  }
  return found;
}

function asksForServers(call: Call): boolean {
  const asks = call.query.getAll('with_servers').at(-1);
  if (asks === undefined || call.version < SINCE.serviceUuid) return false;
  const read = queryBoolean(asks);
  if (read === undefined)
    throw badRequest('Invalid input for query parameters with_servers. Give true or false.');
  return read;
}

async function detail(service: Service, call: Call, nova: Nova) {
  const { host } = service;
  const withSizes = call.version < SINCE.hypervisorsWithoutSizes;
  return hypervisorDetail(service, call.version, withSizes ? await nova.store.usage({ host }) : undefined);
}

/** Where there are none the key is left out below 2.75. */
async function serversOn(host: string, call: Call, nova: Nova) {
  const { instances } = await nova.store.instances({
    filter: { host, deleted: false },
    sort: [],
    limit: MOST,
  });
  if (instances.length === 0 && call.version < SINCE.wholeServer) return {};
  return { servers: instances.map(({ id, name }) => ({ uuid: id, name })) };
}
