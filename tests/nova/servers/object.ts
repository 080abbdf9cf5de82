/** A server as an object, key by key: plain and slow. What the compiled writer writes must be this one's JSON. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Instant } from '../../../server/domain/clock.ts';
import { hostIdOf } from '../../../server/domain/instances/host-id.ts';
import type { Address, Instance, InstanceFault } from '../../../server/domain/instances/instance.ts';
import type { Links } from '../../../server/nova/links.ts';
import { type Microversion, SINCE } from '../../../server/nova/microversions.ts';
import { embeddedFlavor } from '../../../server/nova/representations/flavor.ts';
import type { Audience, Occasion, ServerShape } from '../../../server/nova/representations/server.ts';
import { serverStatus } from '../../../server/nova/representations/status.ts';
import { isoTime, naiveTime } from '../../../server/nova/times.ts';

const PROGRESS = new Set(['ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING']);

type View = Record<string, unknown>;

/**
 * One literal with every key there is, since an object that grows key by key costs several times as much. Undefined is
 * what this version or this audience has not: JSON leaves it out.
 */
export function serverObject(
  instance: Instance,
  options: ServerShape & { readonly links: Links; readonly hostStatus: HostStatus | undefined },
): View {
  const { version, links, audience, occasion, hostStatus } = options;
  const { details, vmState, taskState, launchedAt, terminatedAt } = instance;
  const status = instance.deletedAt === null ? serverStatus(vmState, taskState) : 'DELETED';
  const whole = version >= SINCE.wholeServer || occasion === 'show' || occasion === 'detail';
  const extended = whole && audience.extended;
  const attributes = extended && version >= SINCE.moreAttributes;
  return {
    id: instance.id,
    name: instance.name,
    status,
    fault: faultOf(instance, status, audience, occasion),
    progress: PROGRESS.has(status) ? details.progress : undefined,
    tenant_id: instance.projectId,
    user_id: instance.userId,
    metadata: details.metadata,
    hostId: hostIdOf(instance.projectId, instance.host),
    image: imageOf(instance, version, links),
    flavor:
      version >= SINCE.flavorEmbedded
        ? embeddedFlavor(details.flavor, audience.extraSpecs)
        : { id: instance.flavorId, links: links.bookmarkOf('flavors', instance.flavorId) },
    created: isoTime(instance.createdAt),
    updated: isoTime(instance.updatedAt),
    addresses: addressesOf(instance, whole),
    accessIPv4: details.accessIPv4,
    accessIPv6: details.accessIPv6,
    links: links.of('servers', instance.id),
    'OS-DCF:diskConfig': details.diskConfig,
    'OS-EXT-AZ:availability_zone': whole ? (instance.availabilityZone ?? '') : undefined,
    config_drive: whole ? details.configDrive : undefined,
    key_name:
      whole || (occasion === 'rebuild' && version >= SINCE.rebuildKeyName) ? details.keyName : undefined,
    'OS-SRV-USG:launched_at': whole ? timeOrNull(launchedAt) : undefined,
    'OS-SRV-USG:terminated_at': whole ? timeOrNull(terminatedAt) : undefined,
    security_groups: whole ? securityGroupsOf(instance) : undefined,
    'OS-EXT-SRV-ATTR:host': extended ? instance.host : undefined,
    'OS-EXT-SRV-ATTR:instance_name': extended ? (details.instanceName ?? '') : undefined,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': extended ? instance.node : undefined,
    'OS-EXT-SRV-ATTR:reservation_id': attributes ? details.reservationId : undefined,
    'OS-EXT-SRV-ATTR:launch_index': attributes ? details.launchIndex : undefined,
    'OS-EXT-SRV-ATTR:hostname':
      attributes || (whole && version >= SINCE.hostname) ? details.hostname : undefined,
    'OS-EXT-SRV-ATTR:kernel_id': attributes ? details.kernelId : undefined,
    'OS-EXT-SRV-ATTR:ramdisk_id': attributes ? details.ramdiskId : undefined,
    'OS-EXT-SRV-ATTR:root_device_name': attributes ? details.rootDeviceName : undefined,
    // A rebuild tells user_data under a key of its own.
    'OS-EXT-SRV-ATTR:user_data': attributes && occasion !== 'rebuild' ? details.userData : undefined,
    'OS-EXT-STS:task_state': whole ? taskState : undefined,
    'OS-EXT-STS:vm_state': whole ? vmState : undefined,
    'OS-EXT-STS:power_state': whole ? instance.powerState : undefined,
    'os-extended-volumes:volumes_attached': whole ? volumesOf(instance, version) : undefined,
    pinned_availability_zone:
      whole && version >= SINCE.pinnedZone ? details.pinnedAvailabilityZone : undefined,
    host_status: whole && version >= SINCE.hostStatus ? hostStatus : undefined,
    locked: version >= SINCE.locked ? instance.locked : undefined,
    locked_reason: version >= SINCE.lockedReason ? details.lockedReason : undefined,
    description: version >= SINCE.description ? details.description : undefined,
    tags: version >= SINCE.tags ? details.tags : undefined,
    trusted_image_certificates:
      version >= SINCE.trustedCertificates ? details.trustedImageCertificates : undefined,
    server_groups: version >= SINCE.serverGroups && occasion !== 'detail' ? details.serverGroups : undefined,
    scheduler_hints: version >= SINCE.schedulerHints ? details.schedulerHints : undefined,
  };
}

function timeOrNull(at: Instant | null): string | null {
  return at === null ? null : naiveTime(at);
}

/** Left out where there are none (Nova). */
function securityGroupsOf({ details: { securityGroups } }: Instance) {
  return securityGroups.length === 0 ? undefined : securityGroups.map((name) => ({ name }));
}

function volumesOf({ details: { volumesAttached } }: Instance, version: Microversion) {
  return version >= SINCE.moreAttributes ? volumesAttached : volumesAttached.map(({ id }) => ({ id }));
}

function faultOf(instance: Instance, status: string, audience: Audience, occasion: Occasion) {
  if (status !== 'ERROR' && status !== 'DELETED') return undefined;
  const fault = instance.details.fault ?? (occasion === 'show' ? homeless(instance) : null);
  if (fault === null) return undefined;
  const detailed = fault.details !== null && (audience.admin || fault.code !== 500);
  return {
    code: fault.code,
    created: isoTime(fault.created),
    message: fault.message,
    details: detailed ? fault.details : undefined,
  };
}

/**
 * A server that was never launched, has no host and is in ERROR is one that no host was found for: Nova gives it this
 * fault where it is shown by itself, and none in a list (its lists do not look where such servers are kept).
 */
function homeless({ vmState, host, launchedAt, updatedAt }: Instance): InstanceFault | null {
  if (vmState !== 'error' || host !== null || launchedAt !== null) return null;
  const message = 'No valid host was found.';
  return { code: 500, created: updatedAt, message, details: 'No fault was recorded with the server.' };
}

/** Empty text for a server that was booted from a volume, never null (Nova). */
function imageOf(instance: Instance, version: Microversion, links: Links) {
  if (instance.imageRef === '') return '';
  return {
    id: instance.imageRef,
    links: links.bookmarkOf('images', instance.imageRef),
    ...(version >= SINCE.imageProperties ? { properties: instance.details.imageProperties } : {}),
  };
}

/** Hidden while a server is being built, as they may still change (Nova). */
function addressesOf(instance: Instance, extended: boolean) {
  if (instance.vmState === 'building') return {};
  return Object.fromEntries(
    Object.entries(instance.details.addresses).map(([network, addresses]) => [
      network,
      addresses.map((address) => addressView(address, extended)),
    ]),
  );
}

function addressView({ addr, version, type, mac_addr }: Address, extended: boolean) {
  if (!extended) return { version, addr };
  return { version, addr, 'OS-EXT-IPS:type': type, 'OS-EXT-IPS-MAC:mac_addr': mac_addr };
}
