/** One hypervisor for each compute service. What it has of memory and disks is not known here and not made up. */
import { DomainError } from '../../domain/errors.ts';
import { COMPUTE, type Service } from '../../domain/service.ts';
import { type Answer, authorize, type Call, type Nova } from '../call.ts';
import { badRequest, NovaFault } from '../faults.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { canonicalId, queryBoolean } from '../validation.ts';

/** As many servers as are told of one hypervisor. */
const MOST_SERVERS = 1000;

export async function listHypervisors(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:list');
  return answer(await asked(call, nova), line, call, nova, asksForServers(call));
}

export async function listHypervisorsInDetail(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:list-detail');
  return answer(await asked(call, nova), detail, call, nova, asksForServers(call));
}

export async function showHypervisor(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:show');
  const id = canonicalId(call.param('id'));
  const services = await nova.store.services({ binary: COMPUTE });
  const service = services.find((one) => String(idOf(one, call.version)) === id);
  if (service === undefined) throw new DomainError('not_found', 'Compute host could not be found.');
  const servers = asksForServers(call) ? { servers: await serversOn(service.host, nova) } : {};
  return { status: 200, body: { hypervisor: { ...detail(service, call.version), ...servers } } };
}

/** Below 2.53 the two look-ups by name had paths of their own. */
export async function searchHypervisors(call: Call, nova: Nova): Promise<Answer> {
  refuseSince(call);
  authorize(nova, call, 'os_compute_api:os-hypervisors:search');
  return answer(await matching(call.param('id'), nova), line, call, nova, false);
}

export async function listServersOfHypervisors(call: Call, nova: Nova): Promise<Answer> {
  refuseSince(call);
  authorize(nova, call, 'os_compute_api:os-hypervisors:servers');
  return answer(await matching(call.param('id'), nova), line, call, nova, true);
}

function refuseSince(call: Call): void {
  if (call.version >= SINCE.serviceUuid) throw new NovaFault(404, 'The resource could not be found.');
}

async function answer(
  services: readonly Service[],
  view: (service: Service, version: Microversion) => object,
  call: Call,
  nova: Nova,
  withServers: boolean,
): Promise<Answer> {
  const hypervisors = services.map(async (service) => ({
    ...view(service, call.version),
    ...(withServers ? { servers: await serversOn(service.host, nova) } : {}),
  }));
  return { status: 200, body: { hypervisors: await Promise.all(hypervisors) } };
}

async function asked(call: Call, nova: Nova): Promise<readonly Service[]> {
  const pattern = call.query.getAll('hypervisor_hostname_pattern').at(-1);
  if (pattern !== undefined && call.version >= SINCE.serviceUuid) return matching(pattern, nova);
  return nova.store.services({ binary: COMPUTE });
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

async function serversOn(host: string, nova: Nova) {
  const { instances } = await nova.store.instances({
    filter: { host, deleted: false },
    sort: [],
    limit: MOST_SERVERS,
  });
  return instances.map(({ id, name }) => ({ uuid: id, name }));
}

function idOf(service: Service, version: Microversion): string | number {
  return version >= SINCE.serviceUuid ? service.uuid : service.id;
}

function line(service: Service, version: Microversion) {
  return {
    id: idOf(service, version),
    hypervisor_hostname: service.host,
    state: service.live && !service.forcedDown ? 'up' : 'down',
    status: service.disabled ? 'disabled' : 'enabled',
  };
}

function detail(service: Service, version: Microversion) {
  return {
    ...line(service, version),
    service: {
      id: idOf(service, version),
      host: service.host,
      disabled_reason: service.disabledReason,
    },
  };
}
