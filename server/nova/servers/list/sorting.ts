import { DomainError } from '../../../domain/errors.ts';
import type { InstanceSort, InstanceSortKey } from '../../../ports/instance-query.ts';
import type { Call } from '../../call.ts';
import { badRequest } from '../../faults.ts';
import { type Microversion, SINCE } from '../../microversions.ts';

/** Nova's sort keys. */
const KEYS: Readonly<Record<string, InstanceSortKey>> = {
  access_ip_v4: 'accessIPv4',
  access_ip_v6: 'accessIPv6',
  auto_disk_config: 'diskConfig',
  availability_zone: 'availabilityZone',
  config_drive: 'configDrive',
  created_at: 'createdAt',
  display_description: 'description',
  display_name: 'name',
  host: 'host',
  hostname: 'hostname',
  image_ref: 'imageRef',
  instance_type_id: 'flavorId',
  kernel_id: 'kernelId',
  key_name: 'keyName',
  launch_index: 'launchIndex',
  launched_at: 'launchedAt',
  locked: 'locked',
  locked_by: 'lockedBy',
  node: 'node',
  power_state: 'powerState',
  progress: 'progress',
  project_id: 'projectId',
  ramdisk_id: 'ramdiskId',
  root_device_name: 'rootDeviceName',
  task_state: 'taskState',
  terminated_at: 'terminatedAt',
  updated_at: 'updatedAt',
  user_id: 'userId',
  uuid: 'id',
  vm_state: 'vmState',
};

/** Columns that were once sort keys: ignored below 2.75 and refused from then on. */
const PASSED_OVER = new Set([
  'architecture',
  'cell_name',
  'cleaned',
  'default_ephemeral_device',
  'default_swap_device',
  'deleted',
  'deleted_at',
  'disable_terminate',
  'ephemeral_gb',
  'ephemeral_key_uuid',
  'id',
  'key_data',
  'launched_on',
  'memory_mb',
  'os_type',
  'reservation_id',
  'root_gb',
  'shutdown_terminate',
  'user_data',
  'vcpus',
  'vm_mode',
]);

const ADMIN_ONLY = new Set(['host', 'node']);

/** Why this is not a sort key at this version; undefined if it is one. */
export function checkSortKey(key: string, version: Microversion): string | undefined {
  if (Object.hasOwn(KEYS, key)) return undefined;
  if (PASSED_OVER.has(key) && version < SINCE.wholeServer) return undefined;
  return `It is not one of: ${Object.keys(KEYS).join(', ')}`;
}

/**
 * The requested order, newest first by default. Ties are broken by id, ascending, whatever the direction of the keys
 * (observed of Nova). A key without its own direction takes the first one given.
 * @throws DomainError `invalid`, `forbidden` for keys of administrators
 */
export function sortOf(call: Call): readonly InstanceSort[] {
  const directions = call.query.getAll('sort_dir').map((direction) => direction.trim());
  const sort: InstanceSort[] = [];
  let at = 0;
  for (const name of call.query.getAll('sort_key').map((key) => key.trim())) {
    if (isPassedOver(name, call.version)) {
      directions.splice(at, 1);
      continue;
    }
    if (ADMIN_ONLY.has(name) && !call.isAdmin) {
      throw new DomainError('forbidden', `Only administrators can sort servers by ${name}.`);
    }
    const key = KEYS[name];
    const direction = directionOf(directions[at] ?? directions[0]);
    if (key !== undefined)
      sort.push({ key, direction: key === 'diskConfig' ? opposite(direction) : direction });
    at++;
  }
  for (const direction of directions) directionOf(direction);
  if (directions.length > Math.max(sort.length, 1)) {
    throw badRequest('There are more sort_dir than sort_key.');
  }
  if (sort.length === 0) sort.push({ key: 'createdAt', direction: directionOf(directions[0]) });
  if (sort.every(({ key }) => key !== 'id')) sort.push({ key: 'id', direction: 'asc' });
  return sort;
}

/** Nova stores the disk config as a boolean, and sorts the value that is not automatic first. */
function opposite(direction: 'asc' | 'desc'): 'asc' | 'desc' {
  return direction === 'asc' ? 'desc' : 'asc';
}

function isPassedOver(name: string, version: Microversion): boolean {
  return PASSED_OVER.has(name) || (name === 'locked' && version < SINCE.lockedReason);
}

function directionOf(text = 'desc'): 'asc' | 'desc' {
  if (text !== 'asc' && text !== 'desc') {
    throw badRequest(`Unknown sort direction '${text.slice(0, 40)}', must be 'desc' or 'asc'.`);
  }
  return text;
}
