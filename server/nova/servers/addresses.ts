/** `/servers/{id}/ips`, read only. */
import { DomainError } from '../../domain/errors.ts';
import type { Address } from '../../domain/instances/instance.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { briefAddress } from '../representations/server.ts';
import { findServer } from './find.ts';

export async function listAddresses(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { projectId, details } = await findServer(call, nova);
  authorize(nova, call, 'os_compute_api:ips:index', { projectId });
  const networks = Object.entries(details.addresses).map(([name, addresses]) => [name, brief(addresses)]);
  return { status: 200, body: { addresses: Object.fromEntries(networks) } };
}

export async function showAddresses(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { projectId, details } = await findServer(call, nova);
  authorize(nova, call, 'os_compute_api:ips:show', { projectId });
  const network = call.param('key');
  const addresses = Object.hasOwn(details.addresses, network) ? details.addresses[network] : undefined;
  if (addresses === undefined) throw new DomainError('not_found', 'Instance is not a member of the network.');
  return { status: 200, body: { [network]: brief(addresses) } };
}

function brief(addresses: readonly Address[]) {
  return addresses.map(briefAddress);
}
