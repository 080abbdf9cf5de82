import { DomainError } from '../../domain/errors.ts';
import { COMPUTE, type ServiceRef } from '../../domain/service.ts';
import { onServiceRemoved } from '../../domain/transition.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { badRequest } from '../faults.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { canonicalId, isInteger, isUuidLike } from '../validation.ts';

/** `DELETE /os-services/{id}`: refused while servers are on the host, checked in one transaction with the removal. */
export async function deleteService(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-services:delete');
  const ref = refOf(call.param('id'), call.version);
  const by = { actor: call.identity.userId, at: nova.clock.now(), from: call.address };
  await nova.store.updateService(ref, (current, servers) => {
    if (current === undefined) throw notFound();
    if (current.binary === COMPUTE && servers(current.host) > 0) throw hosting(current.host);
    return onServiceRemoved(current, by);
  });
  return { status: 204 };
}

function refOf(id: string, version: Microversion): ServiceRef {
  if (version >= SINCE.serviceUuid) {
    if (!isUuidLike(id))
      throw badRequest(`Invalid uuid ${id}: name the service by the id that GET /os-services shows.`);
    return { uuid: canonicalId(id) };
  }
  if (!isInteger(id)) throw badRequest(`Invalid input for id ${id}: it must be an integer.`);
  return { id: Number(id) };
}

function hosting(host: string): DomainError {
  return new DomainError(
    'conflict',
    `Unable to delete compute service that is hosting instances. Migrate or delete the instances on ${host} first.`,
  );
}

function notFound(): DomainError {
  return new DomainError('not_found', 'Service could not be found.');
}
