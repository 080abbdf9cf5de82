/** A server as JSON, for one microversion and one audience. Pure; no key that Nova has not. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import { hostIdOf } from '../../domain/host-id.ts';
import type { Address, Instance, InstanceFault } from '../../domain/instance.ts';
import type { Links } from '../links.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { isoTime, naiveTime } from '../times.ts';
import { embeddedFlavor } from './flavor.ts';
import { serverStatus } from './status.ts';

/** What the caller may see beside what everybody sees. */
export interface Audience {
  /** `OS-EXT-SRV-ATTR:*`: host, hypervisor and the like. */
  readonly extended: boolean;
  readonly extraSpecs: boolean;
  /** Details of a fault of ours. */
  readonly admin: boolean;
}

/** Which answer it is part of: they differ in a few keys. */
export type Occasion = 'show' | 'detail' | 'update' | 'rebuild';

export interface ServerViewOptions {
  readonly version: Microversion;
  readonly links: Links;
  readonly audience: Audience;
  readonly occasion: Occasion;
  /** Undefined leaves the key out. */
  readonly hostStatus: HostStatus | undefined;
}

const PROGRESS = new Set(['ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING']);

/** One line of a list without details. */
export function serverLine(instance: Instance, links: Links) {
  return { id: instance.id, name: instance.name, links: links.of('servers', instance.id) };
}

export function serverView(instance: Instance, options: ServerViewOptions): Record<string, unknown> {
  const { version, links, audience, occasion, hostStatus } = options;
  const { details } = instance;
  const brief = (occasion === 'update' || occasion === 'rebuild') && version < SINCE.wholeServer;
  return {
    id: instance.id,
    name: instance.name,
    ...stateOf(instance, audience, occasion),
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
    addresses: addressesOf(instance, !brief),
    accessIPv4: details.accessIPv4,
    accessIPv6: details.accessIPv6,
    links: links.of('servers', instance.id),
    'OS-DCF:diskConfig': details.diskConfig,
    ...(brief ? {} : whole(instance, options)),
    ...(brief && occasion === 'rebuild' && version >= SINCE.rebuildKeyName
      ? { key_name: details.keyName }
      : {}),
    ...(hostStatus === undefined || brief || version < SINCE.hostStatus ? {} : { host_status: hostStatus }),
    ...(version >= SINCE.locked ? { locked: instance.locked } : {}),
    ...(version >= SINCE.lockedReason ? { locked_reason: details.lockedReason } : {}),
    ...(version >= SINCE.description ? { description: details.description } : {}),
    ...(version >= SINCE.tags ? { tags: details.tags } : {}),
    ...(version >= SINCE.trustedCertificates
      ? { trusted_image_certificates: details.trustedImageCertificates }
      : {}),
    ...(version >= SINCE.serverGroups && occasion !== 'detail'
      ? { server_groups: details.serverGroups }
      : {}),
    ...(version >= SINCE.schedulerHints ? { scheduler_hints: details.schedulerHints } : {}),
  };
}

/** What show and detail have at every version, and PUT and rebuild from 2.75 on. */
function whole(instance: Instance, { version, audience, occasion }: ServerViewOptions) {
  const { details } = instance;
  return {
    'OS-EXT-AZ:availability_zone': instance.availabilityZone ?? '',
    config_drive: details.configDrive,
    key_name: details.keyName,
    'OS-SRV-USG:launched_at': instance.launchedAt === null ? null : naiveTime(instance.launchedAt),
    'OS-SRV-USG:terminated_at': instance.terminatedAt === null ? null : naiveTime(instance.terminatedAt),
    ...(details.securityGroups.length === 0
      ? {}
      : { security_groups: details.securityGroups.map((name) => ({ name })) }),
    ...attributesOf(instance, version, audience, occasion),
    'OS-EXT-STS:task_state': instance.taskState,
    'OS-EXT-STS:vm_state': instance.vmState,
    'OS-EXT-STS:power_state': instance.powerState,
    'os-extended-volumes:volumes_attached': details.volumesAttached.map((volume) =>
      version >= SINCE.moreAttributes ? volume : { id: volume.id },
    ),
    ...(version >= SINCE.pinnedZone ? { pinned_availability_zone: details.pinnedAvailabilityZone } : {}),
  };
}

function stateOf(instance: Instance, audience: Audience, occasion: Occasion) {
  const { progress } = instance.details;
  const status = instance.deletedAt === null ? serverStatus(instance.vmState, instance.taskState) : 'DELETED';
  const fault = instance.details.fault ?? (occasion === 'show' ? homeless(instance) : null);
  const told = fault !== null && (status === 'ERROR' || status === 'DELETED');
  const detailed = told && fault.details !== null && (audience.admin || fault.code !== 500);
  return {
    status,
    ...(told
      ? {
          fault: {
            code: fault.code,
            created: isoTime(fault.created),
            message: fault.message,
            ...(detailed ? { details: fault.details } : {}),
          },
        }
      : {}),
    ...(PROGRESS.has(status) ? { progress } : {}),
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

function attributesOf(instance: Instance, version: Microversion, audience: Audience, occasion: Occasion) {
  const { details } = instance;
  if (!audience.extended) {
    return version >= SINCE.hostname ? { 'OS-EXT-SRV-ATTR:hostname': details.hostname } : {};
  }
  return {
    'OS-EXT-SRV-ATTR:host': instance.host,
    'OS-EXT-SRV-ATTR:instance_name': details.instanceName ?? '',
    'OS-EXT-SRV-ATTR:hypervisor_hostname': instance.node,
    ...(version >= SINCE.moreAttributes
      ? {
          'OS-EXT-SRV-ATTR:reservation_id': details.reservationId,
          'OS-EXT-SRV-ATTR:launch_index': details.launchIndex,
          'OS-EXT-SRV-ATTR:hostname': details.hostname,
          'OS-EXT-SRV-ATTR:kernel_id': details.kernelId,
          'OS-EXT-SRV-ATTR:ramdisk_id': details.ramdiskId,
          'OS-EXT-SRV-ATTR:root_device_name': details.rootDeviceName,
          // A rebuild tells user_data under a key of its own.
          ...(occasion === 'rebuild' ? {} : { 'OS-EXT-SRV-ATTR:user_data': details.userData }),
        }
      : {}),
  };
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

export function addressView({ addr, version, type, mac_addr }: Address, extended: boolean) {
  const plain = { version, addr };
  return extended ? { ...plain, 'OS-EXT-IPS:type': type, 'OS-EXT-IPS-MAC:mac_addr': mac_addr } : plain;
}
