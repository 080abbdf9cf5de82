/** Answers about flavors, hosts, hypervisors and zones, by version. */
import { z } from 'zod';
import { type Microversion, SINCE } from '../../microversions.ts';
import { Count, Links, MaybeText, NaiveTime, Text, Uuid, Words } from './common.ts';

export function FlavorLine(version: Microversion): z.ZodType {
  const description = version >= SINCE.flavorDescription ? { description: MaybeText } : {};
  return z.strictObject({ id: Text, name: Text, links: Links, ...description });
}

export function FlavorAnswer(version: Microversion): z.ZodType {
  return z.strictObject({
    id: Text,
    name: Text,
    ram: Count,
    disk: Count,
    vcpus: Count,
    swap: version >= SINCE.wholeServer ? Count : z.union([z.literal(''), z.int().min(1)]),
    'OS-FLV-EXT-DATA:ephemeral': Count,
    'OS-FLV-DISABLED:disabled': z.boolean(),
    'os-flavor-access:is_public': z.boolean(),
    rxtx_factor: z.number(),
    links: Links,
    ...(version >= SINCE.flavorDescription ? { description: MaybeText } : {}),
    ...(version >= SINCE.flavorExtraSpecs ? { extra_specs: Words.optional() } : {}),
  });
}

const Servers = z.array(z.strictObject({ uuid: Uuid, name: Text })).optional();

function hypervisorLine(version: Microversion) {
  return {
    id: version >= SINCE.serviceUuid ? Uuid : z.int(),
    hypervisor_hostname: Text,
    state: z.enum(['up', 'down']),
    status: z.enum(['enabled', 'disabled']),
    servers: Servers,
  };
}

export function HypervisorLine(version: Microversion): z.ZodType {
  return z.strictObject(hypervisorLine(version));
}

const SIZES = {
  current_workload: Count,
  free_disk_gb: Count,
  free_ram_mb: Count,
  local_gb: Count,
  local_gb_used: Count,
  memory_mb: Count,
  memory_mb_used: Count,
  running_vms: Count,
  vcpus: Count,
  vcpus_used: Count,
};

export const Statistics = z.strictObject({ ...SIZES, count: Count, disk_available_least: Count });

export function HypervisorAnswer(version: Microversion): z.ZodType {
  const line = hypervisorLine(version);
  const cpuInfo = version >= SINCE.cpuInfoObject ? z.record(z.string(), z.unknown()) : Text;
  return z.strictObject({
    ...line,
    hypervisor_type: Text,
    hypervisor_version: Count,
    host_ip: MaybeText,
    service: z.strictObject({ id: line.id, host: Text, disabled_reason: MaybeText }),
    ...(version >= SINCE.hypervisorsWithoutSizes
      ? { uptime: MaybeText }
      : { ...SIZES, cpu_info: cpuInfo, disk_available_least: Count.nullable() }),
  });
}

export const HostLine = z.strictObject({ host_name: Text, service: Text, zone: Text });
export const HostResource = z.strictObject({
  resource: z.strictObject({ host: Text, project: Text, cpu: Count, memory_mb: Count, disk_gb: Count }),
});

const Available = z.strictObject({ available: z.boolean() });
export const ZoneLine = z.strictObject({ zoneName: Text, zoneState: Available, hosts: z.null() });
const ZoneService = z.strictObject({ active: z.boolean(), available: z.boolean(), updated_at: NaiveTime });
export const ZoneAnswer = ZoneLine.extend({
  hosts: z.record(Text, z.record(Text, ZoneService)).nullable(),
});

const LIMITS = [
  'maxServerMeta',
  'maxTotalInstances',
  'maxTotalCores',
  'maxTotalRAMSize',
  'maxTotalKeypairs',
  'maxServerGroups',
  'maxServerGroupMembers',
  'totalInstancesUsed',
  'totalCoresUsed',
  'totalRAMUsed',
  'totalServerGroupsUsed',
];
const OF_NETWORKS = [
  'maxTotalFloatingIps',
  'maxSecurityGroups',
  'maxSecurityGroupRules',
  'totalFloatingIpsUsed',
  'totalSecurityGroupsUsed',
];

export function LimitsAnswer(version: Microversion): z.ZodType {
  const names = [
    ...LIMITS,
    ...(version < SINCE.noNetworkLimits ? OF_NETWORKS : []),
    ...(version < SINCE.noImageLimits ? ['maxImageMeta'] : []),
    ...(version < SINCE.rebuildUserData ? ['maxPersonality', 'maxPersonalitySize'] : []),
  ];
  const absolute = z.strictObject(Object.fromEntries(names.map((name) => [name, z.int().min(-1)])));
  return z.strictObject({ rate: z.array(z.never()), absolute });
}

export const Extension = z.strictObject({
  alias: Text,
  name: Text,
  description: Text,
  links: Links,
  namespace: z.url(),
  updated: Text,
});

export function ActionAnswer(version: Microversion, occasion: 'list' | 'show'): z.ZodType {
  const events = z.array(z.never());
  return z.strictObject({
    action: Text,
    instance_uuid: Uuid,
    request_id: Text,
    user_id: Text,
    project_id: MaybeText,
    start_time: NaiveTime,
    message: MaybeText,
    ...(version >= SINCE.actionsPaged ? { updated_at: NaiveTime } : {}),
    ...(occasion === 'show' ? { events: version >= SINCE.actionEvents ? events : events.optional() } : {}),
  });
}
