/** Writes a server as JSON text, by a function made once for each shape of answer. No key that Nova lacks. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import { hostIdOf } from '../../domain/instances/host-id.ts';
import type { Instance } from '../../domain/instances/instance.ts';
import type { Links } from '../links.ts';
import { SINCE } from '../microversions.ts';
import { isoTime } from '../times.ts';
import { flattened } from './json-text.ts';
import type { ServerShape } from './server.ts';
import {
  addressesOf,
  flavorIn,
  imageIn,
  linksIn,
  securityGroupsOf,
  serverFault,
  timeOrNull,
  volumesOf,
} from './server-parts.ts';
import { serverStatus } from './status.ts';

/** @param hostStatus undefined leaves its key out */
export type WriteServer = (instance: Instance, hostStatus: HostStatus | undefined) => string;

const PROGRESS = new Set(['ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING']);

/**
 * The shape is decided once. Keys whose values need no work go to `JSON.stringify` in one literal, with every key there
 * is, and undefined, which JSON leaves out, for keys that this version or audience does not have: nothing is faster.
 * Values that are joined from pieces are written as text between them, because `JSON.stringify` takes three times as
 * long for an object that has one such string.
 */
export function serverWriter(shape: ServerShape, links: Links): WriteServer {
  const { version, occasion, audience } = shape;
  // PUT and rebuild show fewer keys below 2.75.
  const whole = version >= SINCE.wholeServer || occasion === 'show' || occasion === 'detail';
  const extended = whole && audience.extended;
  const attributes = extended && version >= SINCE.moreAttributes;
  const hasHostname = attributes || (whole && version >= SINCE.hostname);
  const hasKeyName = whole || (occasion === 'rebuild' && version >= SINCE.rebuildKeyName);
  // The answer to a rebuild has it under another key.
  const hasUserData = attributes && occasion !== 'rebuild';
  const hasPinnedZone = whole && version >= SINCE.pinnedZone;
  const hasHostStatus = whole && version >= SINCE.hostStatus;
  const hasLocked = version >= SINCE.locked;
  const hasLockedReason = version >= SINCE.lockedReason;
  const hasDescription = version >= SINCE.description;
  const hasTags = version >= SINCE.tags;
  const hasCertificates = version >= SINCE.trustedCertificates;
  const hasGroups = version >= SINCE.serverGroups && occasion !== 'detail';
  const hasHints = version >= SINCE.schedulerHints;
  const image = imageIn(shape, links);
  const flavor = flavorIn(shape, links);
  const linksOf = linksIn(links);

  function first(instance: Instance, status: string): string {
    const { details } = instance;
    return JSON.stringify({
      id: instance.id,
      name: instance.name,
      status,
      fault: serverFault(instance, status, shape),
      progress: PROGRESS.has(status) ? details.progress : undefined,
      tenant_id: instance.projectId,
      user_id: instance.userId,
      metadata: details.metadata,
      hostId: hostIdOf(instance.projectId, instance.host),
    });
  }

  function beforeTimes(instance: Instance): string {
    const { details } = instance;
    return JSON.stringify({
      'OS-DCF:diskConfig': details.diskConfig,
      'OS-EXT-AZ:availability_zone': whole ? (instance.availabilityZone ?? '') : undefined,
      config_drive: whole ? details.configDrive : undefined,
      key_name: hasKeyName ? details.keyName : undefined,
    });
  }

  function last(instance: Instance, hostStatus: HostStatus | undefined): string {
    const { details } = instance;
    return JSON.stringify({
      security_groups: whole ? securityGroupsOf(instance) : undefined,
      'OS-EXT-SRV-ATTR:host': extended ? instance.host : undefined,
      'OS-EXT-SRV-ATTR:instance_name': extended ? (details.instanceName ?? '') : undefined,
      'OS-EXT-SRV-ATTR:hypervisor_hostname': extended ? instance.node : undefined,
      'OS-EXT-SRV-ATTR:reservation_id': attributes ? details.reservationId : undefined,
      'OS-EXT-SRV-ATTR:launch_index': attributes ? details.launchIndex : undefined,
      'OS-EXT-SRV-ATTR:hostname': hasHostname ? details.hostname : undefined,
      'OS-EXT-SRV-ATTR:kernel_id': attributes ? details.kernelId : undefined,
      'OS-EXT-SRV-ATTR:ramdisk_id': attributes ? details.ramdiskId : undefined,
      'OS-EXT-SRV-ATTR:root_device_name': attributes ? details.rootDeviceName : undefined,
      'OS-EXT-SRV-ATTR:user_data': hasUserData ? details.userData : undefined,
      'OS-EXT-STS:task_state': whole ? instance.taskState : undefined,
      'OS-EXT-STS:vm_state': whole ? instance.vmState : undefined,
      'OS-EXT-STS:power_state': whole ? instance.powerState : undefined,
      'os-extended-volumes:volumes_attached': whole ? volumesOf(instance, version) : undefined,
      pinned_availability_zone: hasPinnedZone ? details.pinnedAvailabilityZone : undefined,
      host_status: hasHostStatus ? hostStatus : undefined,
      locked: hasLocked ? instance.locked : undefined,
      locked_reason: hasLockedReason ? details.lockedReason : undefined,
      description: hasDescription ? details.description : undefined,
      tags: hasTags ? details.tags : undefined,
      trusted_image_certificates: hasCertificates ? details.trustedImageCertificates : undefined,
      server_groups: hasGroups ? details.serverGroups : undefined,
      scheduler_hints: hasHints ? details.schedulerHints : undefined,
    });
  }

  return (instance, hostStatus) => {
    const { details, vmState, taskState } = instance;
    const status = instance.deletedAt === null ? serverStatus(vmState, taskState) : 'DELETED';
    const access = JSON.stringify({ accessIPv4: details.accessIPv4, accessIPv6: details.accessIPv6 });
    const times = whole
      ? `,"OS-SRV-USG:launched_at":${timeOrNull(instance.launchedAt)},"OS-SRV-USG:terminated_at":${timeOrNull(instance.terminatedAt)}`
      : '';
    return flattened(
      `${first(instance, status).slice(0, -1)},"image":${image(instance)},"flavor":${flavor(instance)}` +
        `,"created":"${isoTime(instance.createdAt)}","updated":"${isoTime(instance.updatedAt)}"` +
        `,"addresses":${addressesOf(instance, whole)}${members(access)},"links":${linksOf(instance)}` +
        `${members(beforeTimes(instance))}${times}${members(last(instance, hostStatus))}}`,
    );
  };
}

/** Members of an object as text, to follow other members. */
function members(object: string): string {
  return object === '{}' ? '' : `,${object.slice(1, -1)}`;
}
