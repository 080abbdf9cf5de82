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

type View = Record<string, unknown>;

/** Keys are set one after the other: an object to be spread for each would cost more than all the rest. */
export function serverView(instance: Instance, options: ServerViewOptions): View {
  const { version, links, audience, occasion, hostStatus } = options;
  const { details } = instance;
  const brief = (occasion === 'update' || occasion === 'rebuild') && version < SINCE.wholeServer;
  const view: View = { id: instance.id, name: instance.name };
  addState(view, instance, audience, occasion);
  view.tenant_id = instance.projectId;
  view.user_id = instance.userId;
  view.metadata = details.metadata;
  view.hostId = hostIdOf(instance.projectId, instance.host);
  view.image = imageOf(instance, version, links);
  view.flavor =
    version >= SINCE.flavorEmbedded
      ? embeddedFlavor(details.flavor, audience.extraSpecs)
      : { id: instance.flavorId, links: links.bookmarkOf('flavors', instance.flavorId) };
  view.created = isoTime(instance.createdAt);
  view.updated = isoTime(instance.updatedAt);
  view.addresses = addressesOf(instance, !brief);
  view.accessIPv4 = details.accessIPv4;
  view.accessIPv6 = details.accessIPv6;
  view.links = links.of('servers', instance.id);
  view['OS-DCF:diskConfig'] = details.diskConfig;
  if (!brief) addWhole(view, instance, options);
  else if (occasion === 'rebuild' && version >= SINCE.rebuildKeyName) view.key_name = details.keyName;
  if (hostStatus !== undefined && !brief && version >= SINCE.hostStatus) view.host_status = hostStatus;
  if (version >= SINCE.locked) view.locked = instance.locked;
  if (version >= SINCE.lockedReason) view.locked_reason = details.lockedReason;
  if (version >= SINCE.description) view.description = details.description;
  if (version >= SINCE.tags) view.tags = details.tags;
  if (version >= SINCE.trustedCertificates)
    view.trusted_image_certificates = details.trustedImageCertificates;
  if (version >= SINCE.serverGroups && occasion !== 'detail') view.server_groups = details.serverGroups;
  if (version >= SINCE.schedulerHints) view.scheduler_hints = details.schedulerHints;
  return view;
}

/** What show and detail have at every version, and PUT and rebuild from 2.75 on. */
function addWhole(view: View, instance: Instance, { version, audience, occasion }: ServerViewOptions): void {
  const { details, launchedAt, terminatedAt } = instance;
  view['OS-EXT-AZ:availability_zone'] = instance.availabilityZone ?? '';
  view.config_drive = details.configDrive;
  view.key_name = details.keyName;
  view['OS-SRV-USG:launched_at'] = launchedAt === null ? null : naiveTime(launchedAt);
  view['OS-SRV-USG:terminated_at'] = terminatedAt === null ? null : naiveTime(terminatedAt);
  if (details.securityGroups.length > 0)
    view.security_groups = details.securityGroups.map((name) => ({ name }));
  addAttributes(view, instance, version, audience, occasion);
  view['OS-EXT-STS:task_state'] = instance.taskState;
  view['OS-EXT-STS:vm_state'] = instance.vmState;
  view['OS-EXT-STS:power_state'] = instance.powerState;
  view['os-extended-volumes:volumes_attached'] = details.volumesAttached.map((volume) =>
    version >= SINCE.moreAttributes ? volume : { id: volume.id },
  );
  if (version >= SINCE.pinnedZone) view.pinned_availability_zone = details.pinnedAvailabilityZone;
}

function addState(view: View, instance: Instance, audience: Audience, occasion: Occasion): void {
  const { progress } = instance.details;
  const status = instance.deletedAt === null ? serverStatus(instance.vmState, instance.taskState) : 'DELETED';
  view.status = status;
  const fault = instance.details.fault ?? (occasion === 'show' ? homeless(instance) : null);
  if (fault !== null && (status === 'ERROR' || status === 'DELETED')) {
    const detailed = fault.details !== null && (audience.admin || fault.code !== 500);
    view.fault = {
      code: fault.code,
      created: isoTime(fault.created),
      message: fault.message,
      ...(detailed ? { details: fault.details } : {}),
    };
  }
  if (PROGRESS.has(status)) view.progress = progress;
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

function addAttributes(
  view: View,
  { details, host, node }: Instance,
  version: Microversion,
  audience: Audience,
  occasion: Occasion,
): void {
  if (!audience.extended) {
    if (version >= SINCE.hostname) view['OS-EXT-SRV-ATTR:hostname'] = details.hostname;
    return;
  }
  view['OS-EXT-SRV-ATTR:host'] = host;
  view['OS-EXT-SRV-ATTR:instance_name'] = details.instanceName ?? '';
  view['OS-EXT-SRV-ATTR:hypervisor_hostname'] = node;
  if (version < SINCE.moreAttributes) return;
  view['OS-EXT-SRV-ATTR:reservation_id'] = details.reservationId;
  view['OS-EXT-SRV-ATTR:launch_index'] = details.launchIndex;
  view['OS-EXT-SRV-ATTR:hostname'] = details.hostname;
  view['OS-EXT-SRV-ATTR:kernel_id'] = details.kernelId;
  view['OS-EXT-SRV-ATTR:ramdisk_id'] = details.ramdiskId;
  view['OS-EXT-SRV-ATTR:root_device_name'] = details.rootDeviceName;
  // A rebuild tells user_data under a key of its own.
  if (occasion !== 'rebuild') view['OS-EXT-SRV-ATTR:user_data'] = details.userData;
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
  if (!extended) return { version, addr };
  return { version, addr, 'OS-EXT-IPS:type': type, 'OS-EXT-IPS-MAC:mac_addr': mac_addr };
}
