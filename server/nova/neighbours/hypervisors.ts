/** One hypervisor for each compute service. What it has of memory and disks is not known here and not made up. */
import { DomainError } from '../../domain/errors.ts';
import { COMPUTE, type Service } from '../../domain/service.ts';
import { type Answer, authorize, type Call, type Nova } from '../call.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { canonicalId } from '../validation.ts';

export async function listHypervisors(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:list');
  const services = await nova.store.services({ binary: COMPUTE });
  return { status: 200, body: { hypervisors: services.map((service) => line(service, call.version)) } };
}

export async function listHypervisorsInDetail(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:list-detail');
  const services = await nova.store.services({ binary: COMPUTE });
  return { status: 200, body: { hypervisors: services.map((service) => detail(service, call.version)) } };
}

export async function showHypervisor(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-hypervisors:show');
  const id = canonicalId(call.param('id'));
  const services = await nova.store.services({ binary: COMPUTE });
  const service = services.find((one) => String(idOf(one, call.version)) === id);
  if (service === undefined) throw new DomainError('not_found', 'Compute host could not be found.');
  return { status: 200, body: { hypervisor: detail(service, call.version) } };
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
