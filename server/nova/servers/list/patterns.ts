/** Filters by regular expression: tests on each row, since no index could help. */
import type { Instance } from '../../../domain/instances/instance.ts';
import { columnTime } from '../../times.ts';
import { compileRegex } from './regex.ts';

export type InstanceTest = (instance: Instance) => boolean;
type Column = (instance: Instance) => string | number | null;

/** Fields searched by regular expression. Null matches nothing, as in SQL. */
const COLUMNS: Readonly<Record<string, Column>> = {
  name: ({ name }) => name,
  display_name: ({ name }) => name,
  description: ({ details }) => details.description,
  display_description: ({ details }) => details.description,
  hostname: ({ details }) => details.hostname,
  key_name: ({ details }) => details.keyName,
  reservation_id: ({ details }) => details.reservationId,
  kernel_id: ({ details }) => details.kernelId,
  ramdisk_id: ({ details }) => details.ramdiskId,
  root_device_name: ({ details }) => details.rootDeviceName,
  config_drive: ({ details }) => details.configDrive,
  locked_by: ({ details }) => details.lockedBy,
  access_ip_v4: ({ details }) => details.accessIPv4 || null,
  access_ip_v6: ({ details }) => details.accessIPv6 || null,
  auto_disk_config: ({ details }) => (details.diskConfig === 'AUTO' ? 1 : 0),
  launch_index: ({ details }) => details.launchIndex,
  progress: ({ details }) => details.progress,
  power_state: ({ powerState }) => powerState,
  node: ({ node }) => node,
  availability_zone: ({ availabilityZone }) => availabilityZone,
  created_at: ({ createdAt }) => columnTime(createdAt),
  launched_at: ({ launchedAt }) => (launchedAt === null ? null : columnTime(launchedAt)),
  terminated_at: ({ terminatedAt }) => (terminatedAt === null ? null : columnTime(terminatedAt)),
};

/** The test of a filter by pattern; undefined for a filter without a pattern. */
export function patternFor(name: string, pattern: string): InstanceTest | undefined {
  const column = Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : undefined;
  return column && matching(column, pattern);
}

function matching(column: Column, pattern: string): InstanceTest {
  const regex = compileRegex(pattern);
  return (instance) => {
    const value = column(instance);
    return value !== null && regex?.test(String(value)) === true;
  };
}

/** By `ip` or by `ip6`: where both are given one match is enough (Nova). */
export function hasAddress(ip: string | undefined, ip6: string | undefined): InstanceTest {
  const patterns = {
    4: ip === undefined ? undefined : compileRegex(ip),
    6: ip6 === undefined ? undefined : compileRegex(ip6),
  };
  return ({ details }) =>
    Object.values(details.addresses)
      .flat()
      .some(({ addr, version, type }) => type === 'fixed' && patterns[version]?.test(addr) === true);
}
