/** Parts of a server that have paths of their own, to read. */
import { DomainError } from '../../domain/errors.ts';
import type { Instance } from '../../domain/instance.ts';
import { type Answer, authorize, type Call, type Nova, type Operation } from '../call.ts';
import { NovaFault } from '../faults.ts';
import { SINCE } from '../microversions.ts';
import { addressView } from '../representations/server.ts';
import { findServer } from './find.ts';

function part(rule: string, read: (instance: Instance, call: Call) => Answer): Operation {
  return async (call, nova: Nova) => {
    const instance = await findServer(call, nova);
    authorize(nova, call, `os_compute_api:${rule}`, { projectId: instance.projectId });
    return read(instance, call);
  };
}

export const listMetadata = part('server-metadata:index', ({ details }) => ({
  status: 200,
  body: { metadata: details.metadata },
}));

export const showMetadata = part('server-metadata:show', ({ details }, call) => {
  const key = call.param('key');
  const value = Object.hasOwn(details.metadata, key) ? details.metadata[key] : undefined;
  if (value === undefined) throw new DomainError('not_found', 'Metadata item was not found.');
  return { status: 200, body: { meta: { [key]: value } } };
});

export const listAddresses = part('ips:index', ({ details }) => ({
  status: 200,
  body: {
    addresses: Object.fromEntries(
      Object.entries(details.addresses).map(([network, addresses]) => [
        network,
        addresses.map((address) => addressView(address, false)),
      ]),
    ),
  },
}));

export const showAddresses = part('ips:show', ({ details }, call) => {
  const network = call.param('key');
  const addresses = Object.hasOwn(details.addresses, network) ? details.addresses[network] : undefined;
  if (addresses === undefined) throw new DomainError('not_found', 'Instance is not a member of the network.');
  return { status: 200, body: { [network]: addresses.map((address) => addressView(address, false)) } };
});

const tags = part('os-server-tags:index', ({ details }) => ({ status: 200, body: { tags: details.tags } }));

/** A method that does not exist at this version looks as if it did not exist at all. */
export const listTags: Operation = async (call, nova) => {
  if (call.version < SINCE.tags) throw new NovaFault(404, 'The resource could not be found.');
  return tags(call, nova);
};
