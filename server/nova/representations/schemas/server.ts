/** A server in answers, by version and occasion. */
import { z } from 'zod';
import { HOST_STATUSES } from '../../../../client-sdk/protocol/host-status.ts';
import { type Microversion, SINCE } from '../../microversions.ts';
import type { Occasion } from '../server.ts';
import { Count, IsoTime, Links, MaybeText, NaiveTime, Text, Uuid, Words } from './common.ts';

export const ServerLine = z.strictObject({ id: Uuid, name: Text, links: Links });

/** What `POST /servers` answers, unless a reservation was asked for. */
export const CreatedServer = z.union([
  z.strictObject({
    server: z.strictObject({
      id: Uuid,
      links: Links,
      'OS-DCF:diskConfig': z.enum(['AUTO', 'MANUAL']),
      security_groups: z.array(z.strictObject({ name: Text.optional() })),
      adminPass: Text,
    }),
  }),
  z.strictObject({ reservation_id: Text }),
]);

export function ServerAnswer(version: Microversion, occasion: Occasion): z.ZodType {
  const changed = occasion === 'update' || occasion === 'rebuild';
  const brief = changed && version < SINCE.wholeServer;
  const since = <T extends z.ZodRawShape>(first: Microversion, keys: T) => (version >= first ? keys : {});
  return z.strictObject({
    id: Uuid,
    name: Text,
    status: Text,
    fault: Fault.optional(),
    progress: Count.optional(),
    tenant_id: Text,
    user_id: Text,
    metadata: Words,
    hostId: Text,
    image: z.union([z.literal(''), imageOf(version)]),
    flavor: version >= SINCE.flavorEmbedded ? EmbeddedFlavor : z.strictObject({ id: Text, links: Links }),
    created: IsoTime,
    updated: IsoTime,
    addresses: z.record(z.string(), z.array(brief ? BriefAddress : Address)),
    accessIPv4: Text,
    accessIPv6: Text,
    links: Links,
    'OS-DCF:diskConfig': z.enum(['AUTO', 'MANUAL']),
    ...(brief ? {} : whole(version, occasion)),
    ...(occasion === 'rebuild' ? { adminPass: Text } : {}),
    ...(brief && occasion === 'rebuild' ? since(SINCE.rebuildKeyName, { key_name: MaybeText }) : {}),
    ...(occasion === 'rebuild' ? since(SINCE.rebuildUserData, { user_data: MaybeText }) : {}),
    ...(brief ? {} : since(SINCE.hostStatus, { host_status: z.enum(HOST_STATUSES).optional() })),
    ...since(SINCE.locked, { locked: z.boolean() }),
    ...since(SINCE.lockedReason, { locked_reason: MaybeText }),
    ...since(SINCE.description, { description: MaybeText }),
    ...since(SINCE.tags, { tags: z.array(Text).max(50) }),
    ...since(SINCE.trustedCertificates, { trusted_image_certificates: z.array(Text).nullable() }),
    ...(occasion === 'detail' ? {} : since(SINCE.serverGroups, { server_groups: z.array(Uuid) })),
    ...since(SINCE.schedulerHints, { scheduler_hints: z.record(z.string(), z.unknown()) }),
  });
}

const Fault = z.strictObject({ code: z.int(), created: IsoTime, message: Text, details: Text.optional() });
const BriefAddress = z.strictObject({ version: z.union([z.literal(4), z.literal(6)]), addr: Text });
const Address = BriefAddress.extend({
  'OS-EXT-IPS:type': z.enum(['fixed', 'floating']),
  'OS-EXT-IPS-MAC:mac_addr': Text,
});
/** Extra specs only for callers who may see them. */
const EmbeddedFlavor = z.strictObject({
  vcpus: Count,
  ram: Count,
  disk: Count,
  ephemeral: Count,
  swap: Count,
  original_name: Text,
  extra_specs: Words.optional(),
});

function imageOf(version: Microversion) {
  const properties = z.record(z.string(), z.unknown());
  return z.strictObject({
    id: Uuid,
    links: Links,
    ...(version >= SINCE.imageProperties ? { properties } : {}),
  });
}

function whole(version: Microversion, occasion: Occasion): z.ZodRawShape {
  const volume = version >= SINCE.moreAttributes ? { delete_on_termination: z.boolean() } : {};
  return {
    'OS-EXT-AZ:availability_zone': Text,
    config_drive: z.enum(['', 'True']),
    key_name: MaybeText,
    'OS-SRV-USG:launched_at': NaiveTime.nullable(),
    'OS-SRV-USG:terminated_at': NaiveTime.nullable(),
    security_groups: z.array(z.strictObject({ name: Text })).optional(),
    ...attributes(version, occasion),
    'OS-EXT-STS:task_state': MaybeText,
    'OS-EXT-STS:vm_state': Text,
    'OS-EXT-STS:power_state': z.literal([0, 1, 3, 4, 6, 7]),
    'os-extended-volumes:volumes_attached': z.array(z.strictObject({ id: Text, ...volume })),
    ...(version >= SINCE.pinnedZone ? { pinned_availability_zone: MaybeText } : {}),
  };
}

/** Only for callers who may see them; from 2.90 on the hostname is for everybody. */
function attributes(version: Microversion, occasion: Occasion): z.ZodRawShape {
  const more = {
    reservation_id: MaybeText,
    launch_index: Count,
    kernel_id: Text,
    ramdisk_id: Text,
    root_device_name: MaybeText,
    ...(occasion === 'rebuild' ? {} : { user_data: MaybeText }),
  };
  const optional = {
    host: MaybeText,
    instance_name: Text,
    hypervisor_hostname: MaybeText,
    ...(version >= SINCE.moreAttributes ? { ...more, hostname: MaybeText } : {}),
  };
  const keys = Object.entries(optional).map(([name, type]) => [`OS-EXT-SRV-ATTR:${name}`, type.optional()]);
  const hostname = version >= SINCE.hostname ? { 'OS-EXT-SRV-ATTR:hostname': MaybeText } : {};
  return { ...Object.fromEntries(keys), ...hostname };
}
