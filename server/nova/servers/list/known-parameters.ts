/** Which query parameters a list of servers knows at a version, and who may use them. From Nova's own table. */
import type { Call, Nova } from '../../call.ts';
import { badRequest } from '../../faults.ts';
import { type Microversion, SINCE } from '../../microversions.ts';
import { refused } from '../../query.ts';
import { parseIsoTime } from '../../times.ts';
import { compileRegex } from './regex.ts';
import { checkSortKey } from './sorting.ts';

/** How the text of a parameter is checked before anything else. */
type ValueRule = 'any' | 'regex' | 'time' | 'limit' | 'sort-key';

interface Parameter {
  readonly check: ValueRule;
  readonly since?: Microversion;
  /** The version from which every caller may use it; without one, only callers who may use all filters. */
  readonly everybody?: Microversion;
}

const REGEX_FOR_FEW = [
  'kernel_id',
  'ramdisk_id',
  'node',
  'display_name',
  'description',
  'display_description',
  'locked_by',
  'root_device_name',
  'access_ip_v4',
  'access_ip_v6',
  'auto_disk_config',
];
const ANY_FOR_FEW = [
  'project_id',
  'tenant_id',
  'launch_index',
  'image_ref',
  'host',
  'uuid',
  'soft_deleted',
  'deleted',
];
/** Tables that Nova's database joins: known, and refused. */
export const JOINED = new Set([
  'block_device_mapping',
  'services',
  'metadata',
  'system_metadata',
  'info_cache',
  'security_groups',
  'pci_devices',
]);

export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  ...Object.fromEntries(REGEX_FOR_FEW.map((name) => [name, { check: 'regex' } as const])),
  ...Object.fromEntries([...ANY_FOR_FEW, ...JOINED].map((name) => [name, { check: 'any' } as const])),
  limit: { check: 'limit', everybody: 1 },
  marker: { check: 'any', everybody: 1 },
  sort_key: { check: 'sort-key', everybody: 1 },
  sort_dir: { check: 'any', everybody: 1 },
  all_tenants: { check: 'any', everybody: 1 },
  status: { check: 'any', everybody: 1 },
  image: { check: 'any', everybody: 1 },
  'changes-since': { check: 'time', everybody: 1 },
  'changes-before': { check: 'time', since: SINCE.changesBefore, everybody: SINCE.changesBefore },
  reservation_id: { check: 'regex', everybody: 1 },
  name: { check: 'regex', everybody: 1 },
  flavor: { check: 'regex', everybody: 1 },
  ip: { check: 'regex', everybody: 1 },
  ip6: { check: 'regex', everybody: SINCE.ip6Filter },
  tags: { check: 'regex', since: SINCE.tags, everybody: SINCE.tags },
  'tags-any': { check: 'regex', since: SINCE.tags, everybody: SINCE.tags },
  'not-tags': { check: 'regex', since: SINCE.tags, everybody: SINCE.tags },
  'not-tags-any': { check: 'regex', since: SINCE.tags, everybody: SINCE.tags },
  locked: { check: 'any', since: SINCE.lockedReason, everybody: SINCE.lockedReason },
  availability_zone: { check: 'regex', everybody: SINCE.moreFilters },
  config_drive: { check: 'regex', everybody: SINCE.moreFilters },
  key_name: { check: 'regex', everybody: SINCE.moreFilters },
  created_at: { check: 'regex', everybody: SINCE.moreFilters },
  launched_at: { check: 'regex', everybody: SINCE.moreFilters },
  terminated_at: { check: 'regex', everybody: SINCE.moreFilters },
  power_state: { check: 'regex', everybody: SINCE.moreFilters },
  task_state: { check: 'any', everybody: SINCE.moreFilters },
  vm_state: { check: 'any', everybody: SINCE.moreFilters },
  progress: { check: 'regex', everybody: SINCE.moreFilters },
  user_id: { check: 'any', everybody: SINCE.moreFilters },
  hostname: { check: 'regex', everybody: SINCE.hostname },
};

/**
 * The parameters that count for this caller, by name; of several the last. Unknown ones are refused from 2.75 on and
 * ignored before; a filter that this caller may not use is silently ignored, as Nova does.
 * @throws DomainError `invalid`: "Invalid input for query parameters …"
 */
export function knownParameters(call: Call, nova: Nova, hostStatusIsKnown: boolean): Map<string, string> {
  const allFilters = nova.policy.allows('os_compute_api:servers:allow_all_filters', call.identity);
  const known = new Map<string, string>();
  for (const [name, value] of call.query) {
    const parameter = parameterOf(name, call.version, hostStatusIsKnown);
    if (parameter === undefined) {
      if (call.version < SINCE.wholeServer) continue;
      throw refused(name, value, 'Additional properties are not allowed: this list has no such parameter.');
    }
    check(parameter.check, name, value, call.version);
    if (!allFilters && call.version < (parameter.everybody ?? Number.POSITIVE_INFINITY)) continue;
    if (JOINED.has(name) || name.startsWith('_')) throw badRequest(`Invalid filter field: ${name}.`);
    known.set(name, value);
  }
  return known;
}

function parameterOf(name: string, version: Microversion, hostStatusIsKnown: boolean): Parameter | undefined {
  if (name === 'host_status') return hostStatusIsKnown ? { check: 'any', everybody: 1 } : undefined;
  // Names of inner attributes are listed so that they are refused and not ignored.
  if (name.startsWith('_')) return { check: 'any' };
  const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
  return parameter !== undefined && version >= (parameter.since ?? 1) ? parameter : undefined;
}

function check(kind: ValueRule, name: string, value: string, version: Microversion): void {
  if (kind === 'regex' && compileRegex(value) === undefined) {
    throw refused(name, value, 'It is not a regular expression that can be searched in linear time.');
  }
  if (kind === 'time' && parseIsoTime(value) === undefined) {
    throw refused(name, value, 'It is not an ISO 8601 time such as 2026-01-31T12:00:00Z.');
  }
  if (kind === 'limit' && !/^\d+$/.test(value))
    throw refused(name, value, 'It is not an integer of 0 or more.');
  if (kind === 'sort-key') {
    const reason = checkSortKey(value, version);
    if (reason !== undefined) throw refused(name, value, reason);
  }
}
