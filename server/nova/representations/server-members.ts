/** The keys of a server in their order, each with the shapes that have it and how it is written. No key that Nova has not. */
import { hostIdOf } from '../../domain/host-id.ts';
import type { InstanceDetails } from '../../domain/instance.ts';
import type { Links } from '../links.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { isoTime } from '../times.ts';
import { inside, list, quoted, record, textOrNull, textRecord } from './json-text.ts';
import type { ServerShape } from './server.ts';
import {
  addressesOf,
  faultOf,
  flavorIn,
  imageIn,
  securityGroupsOf,
  timeOrNull,
  volumesOf,
  type Write,
} from './server-parts.ts';

export interface Member {
  readonly key: string;
  /** The writer for a shape, made once; undefined where the shape does not have the key. */
  readonly in: (shape: ServerShape, links: Links) => Write | undefined;
}

type Condition = (shape: ServerShape) => boolean;

const always: Condition = () => true;
const since =
  (first: Microversion): Condition =>
  ({ version }) =>
    version >= first;
/** PUT and rebuild answer less below 2.75. */
const whole: Condition = ({ version, occasion }) =>
  version >= SINCE.wholeServer || occasion === 'show' || occasion === 'detail';
const extended: Condition = (shape) => whole(shape) && shape.audience.extended;
const attributes: Condition = (shape) => extended(shape) && shape.version >= SINCE.moreAttributes;

function member(key: string, has: Condition, write: Write): Member {
  return { key, in: (shape) => (has(shape) ? write : undefined) };
}

/** One whose text is the same for every server of its shape, or depends on the shape itself. */
function shaped(key: string, make: Member['in']): Member {
  return { key, in: make };
}

type TextKey = {
  [K in keyof InstanceDetails]-?: InstanceDetails[K] extends string | null ? K : never;
}[keyof InstanceDetails];

const detail =
  (name: TextKey): Write =>
  ({ details }) =>
    textOrNull(details[name]);

const PROGRESS = new Set(['ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING']);

export const MEMBERS: readonly Member[] = [
  member('id', always, ({ id }) => quoted(id)),
  member('name', always, ({ name }) => quoted(name)),
  member('status', always, (_, status) => quoted(status)),
  shaped(
    'fault',
    ({ audience, occasion }) =>
      (instance, status) =>
        status === 'ERROR' || status === 'DELETED' ? faultOf(instance, audience, occasion) : undefined,
  ),
  member('progress', always, ({ details }, status) =>
    PROGRESS.has(status) ? JSON.stringify(details.progress) : undefined,
  ),
  member('tenant_id', always, ({ projectId }) => quoted(projectId)),
  member('user_id', always, ({ userId }) => quoted(userId)),
  member('metadata', always, ({ details }) => textRecord(details.metadata)),
  member('hostId', always, ({ projectId, host }) => `"${hostIdOf(projectId, host)}"`),
  shaped('image', imageIn),
  shaped('flavor', flavorIn),
  member('created', always, ({ createdAt }) => `"${isoTime(createdAt)}"`),
  member('updated', always, ({ updatedAt }) => `"${isoTime(updatedAt)}"`),
  shaped('addresses', (shape) => {
    const isWhole = whole(shape);
    return (instance) => addressesOf(instance, isWhole);
  }),
  member('accessIPv4', always, detail('accessIPv4')),
  member('accessIPv6', always, detail('accessIPv6')),
  shaped('links', (_, links) => {
    const self = `[{"rel":"self","href":"${inside(links.self('servers', ''))}`;
    const bookmark = `"},{"rel":"bookmark","href":"${inside(links.bookmark('servers', ''))}`;
    return ({ id }) => {
      const name = encodeURIComponent(id);
      return `${self}${name}${bookmark}${name}"}]`;
    };
  }),
  member('OS-DCF:diskConfig', always, detail('diskConfig')),
  member('OS-EXT-AZ:availability_zone', whole, ({ availabilityZone }) => quoted(availabilityZone ?? '')),
  member('config_drive', whole, detail('configDrive')),
  member(
    'key_name',
    (shape) => whole(shape) || (shape.occasion === 'rebuild' && shape.version >= SINCE.rebuildKeyName),
    detail('keyName'),
  ),
  member('OS-SRV-USG:launched_at', whole, ({ launchedAt }) => timeOrNull(launchedAt)),
  member('OS-SRV-USG:terminated_at', whole, ({ terminatedAt }) => timeOrNull(terminatedAt)),
  member('security_groups', whole, securityGroupsOf),
  member('OS-EXT-SRV-ATTR:host', extended, ({ host }) => textOrNull(host)),
  member('OS-EXT-SRV-ATTR:instance_name', extended, ({ details }) => quoted(details.instanceName ?? '')),
  member('OS-EXT-SRV-ATTR:hypervisor_hostname', extended, ({ node }) => textOrNull(node)),
  member('OS-EXT-SRV-ATTR:reservation_id', attributes, detail('reservationId')),
  member('OS-EXT-SRV-ATTR:launch_index', attributes, ({ details }) => JSON.stringify(details.launchIndex)),
  member(
    'OS-EXT-SRV-ATTR:hostname',
    (shape) => attributes(shape) || (whole(shape) && shape.version >= SINCE.hostname),
    detail('hostname'),
  ),
  member('OS-EXT-SRV-ATTR:kernel_id', attributes, detail('kernelId')),
  member('OS-EXT-SRV-ATTR:ramdisk_id', attributes, detail('ramdiskId')),
  member('OS-EXT-SRV-ATTR:root_device_name', attributes, detail('rootDeviceName')),
  // The answer to a rebuild has it under another key.
  member(
    'OS-EXT-SRV-ATTR:user_data',
    (shape) => attributes(shape) && shape.occasion !== 'rebuild',
    detail('userData'),
  ),
  member('OS-EXT-STS:task_state', whole, ({ taskState }) => textOrNull(taskState)),
  member('OS-EXT-STS:vm_state', whole, ({ vmState }) => quoted(vmState)),
  member('OS-EXT-STS:power_state', whole, ({ powerState }) => String(powerState)),
  shaped('os-extended-volumes:volumes_attached', (shape) => {
    const { version } = shape;
    return whole(shape) ? (instance) => volumesOf(instance, version) : undefined;
  }),
  member(
    'pinned_availability_zone',
    (shape) => whole(shape) && shape.version >= SINCE.pinnedZone,
    detail('pinnedAvailabilityZone'),
  ),
  member(
    'host_status',
    (shape) => whole(shape) && shape.version >= SINCE.hostStatus,
    (_, __, hostStatus) => (hostStatus === undefined ? undefined : `"${hostStatus}"`),
  ),
  member('locked', since(SINCE.locked), ({ locked }) => String(locked)),
  member('locked_reason', since(SINCE.lockedReason), detail('lockedReason')),
  member('description', since(SINCE.description), detail('description')),
  member('tags', since(SINCE.tags), ({ details }) => list(details.tags)),
  member('trusted_image_certificates', since(SINCE.trustedCertificates), ({ details }) =>
    list(details.trustedImageCertificates),
  ),
  member(
    'server_groups',
    ({ version, occasion }) => version >= SINCE.serverGroups && occasion !== 'detail',
    ({ details }) => list(details.serverGroups),
  ),
  member('scheduler_hints', since(SINCE.schedulerHints), ({ details }) => record(details.schedulerHints)),
];
