/**
 * `/extensions`, from before microversions: the parts of Nova's API served here, under their names of that time.
 */
import { DomainError } from '../../domain/errors.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';

/** Alias and name, by alias. */
const SERVED: readonly (readonly [alias: string, name: string])[] = [
  ['OS-DCF', 'DiskConfig'],
  ['OS-EXT-AZ', 'ExtendedAvailabilityZone'],
  ['OS-EXT-IPS', 'ExtendedIps'],
  ['OS-EXT-IPS-MAC', 'ExtendedIpsMac'],
  ['OS-EXT-SRV-ATTR', 'ExtendedServerAttributes'],
  ['OS-EXT-STS', 'ExtendedStatus'],
  ['OS-FLV-DISABLED', 'FlavorDisabled'],
  ['OS-FLV-EXT-DATA', 'FlavorExtraData'],
  ['OS-SRV-USG', 'ServerUsage'],
  ['os-admin-actions', 'AdminActions'],
  ['os-aggregates', 'Aggregates'],
  ['os-availability-zone', 'AvailabilityZone'],
  ['os-deferred-delete', 'DeferredDelete'],
  ['os-evacuate', 'Evacuate'],
  ['os-extended-services', 'ExtendedServices'],
  ['os-extended-services-delete', 'ExtendedServicesDelete'],
  ['os-flavor-extra-specs', 'FlavorExtraSpecs'],
  ['os-flavor-swap', 'FlavorSwap'],
  ['os-hosts', 'Hosts'],
  ['os-hypervisor-status', 'HypervisorStatus'],
  ['os-hypervisors', 'Hypervisors'],
  ['os-instance-actions', 'InstanceActions'],
  ['os-lock-server', 'LockServer'],
  ['os-migrate-server', 'MigrateServer'],
  ['os-pause-server', 'PauseServer'],
  ['os-server-groups', 'ServerGroups'],
  ['os-server-list-multi-status', 'ServerListMultiStatus'],
  ['os-server-sort-keys', 'ServerSortKeys'],
  ['os-server-start-stop', 'ServerStartStop'],
  ['os-services', 'Services'],
  ['os-shelve', 'Shelve'],
  ['os-suspend-server', 'SuspendServer'],
  ['os-used-limits', 'UsedLimits'],
];

export async function listExtensions(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:extensions');
  return { status: 200, body: { extensions: SERVED.map(view) } };
}

export async function showExtension(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:extensions');
  const extension = SERVED.find(([alias]) => alias === call.param('id'));
  if (extension === undefined) throw new DomainError('not_found', 'There is no such extension.');
  return { status: 200, body: { extension: view(extension) } };
}

/** Nova gives this namespace and time for every extension since microversions replaced them. */
function view([alias, name]: readonly [string, string]) {
  return {
    alias,
    name,
    description: name,
    links: [],
    namespace: 'http://docs.openstack.org/compute/ext/fake_xml',
    updated: '2014-12-03T00:00:00Z',
  };
}
