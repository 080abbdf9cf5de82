/**
 * Rules that Nova renamed, by their old names. In a file that gives only the old name, it means the new rules
 * (oslo.policy), so that a deployment that closed something before the renaming keeps it closed.
 */
export const RENAMED: Readonly<Record<string, readonly string[]>> = {
  // In Nova's own list these two really have the prefix.
  'rule:admin_api': [
    'context_is_admin',
    'project_manager_api',
    'service_api',
    'project_manager_or_admin',
    'service_or_admin',
  ],
  'rule:admin_or_owner': [
    'project_member_api',
    'project_reader_api',
    'project_member_or_admin',
    'project_reader_or_admin',
  ],
  ...below('os_compute_api:os-attach-interfaces', ['list', 'show', 'create', 'delete']),
  ...below('os_compute_api:os-baremetal-nodes', ['list', 'show']),
  ...below('os_compute_api:os-deferred-delete', ['restore', 'force']),
  ...below('os_compute_api:os-floating-ips', ['add', 'remove', 'list', 'create', 'show', 'delete']),
  ...below('os_compute_api:os-hosts', ['list', 'show', 'update', 'reboot', 'shutdown', 'start']),
  ...below('os_compute_api:os-hypervisors', [
    'list',
    'list-detail',
    'statistics',
    'show',
    'uptime',
    'search',
    'servers',
  ]),
  ...below('os_compute_api:os-instance-actions', ['list', 'show']),
  ...below('os_compute_api:os-instance-usage-audit-log', ['list', 'show']),
  'os_compute_api:os-used-limits': ['os_compute_api:limits:other_project'],
  ...below('os_compute_api:os-migrate-server:migrate_live', ['host']),
  ...below('os_compute_api:os-migrations:index', ['all_projects', 'host']),
  ...below('os_compute_api:os-multinic', ['add', 'remove']),
  'os_compute_api:os-networks:view': ['os_compute_api:os-networks:list', 'os_compute_api:os-networks:show'],
  'os_compute_api:os-rescue': ['os_compute_api:os-unrescue'],
  ...below('os_compute_api:os-security-groups', [
    'get',
    'show',
    'create',
    'update',
    'delete',
    'rule:create',
    'rule:delete',
    'list',
    'add',
    'remove',
  ]),
  ...below('os_compute_api:os-server-password', ['show', 'clear']),
  'os_compute_api:os-flavor-extra-specs:index': ['os_compute_api:servers:show:flavor-extra-specs'],
  ...below('os_compute_api:servers:migrations:index', ['host']),
  ...below('os_compute_api:os-services', ['list', 'update', 'delete']),
  ...below('os_compute_api:os-tenant-networks', ['list', 'show']),
  ...below('os_compute_api:os-volumes', [
    'list',
    'create',
    'detail',
    'show',
    'delete',
    'snapshots:list',
    'snapshots:create',
    'snapshots:detail',
    'snapshots:show',
    'snapshots:delete',
  ]),
};

/** The old name of a rule, by its new one. */
export const OLD_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(RENAMED).flatMap(([old, names]) => names.map((name) => [name, old] as const)),
);

function below(old: string, parts: readonly string[]): Record<string, readonly string[]> {
  return { [old]: parts.map((part) => `${old}:${part}`) };
}
