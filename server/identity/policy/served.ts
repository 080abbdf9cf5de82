/**
 * The rules that hostbeat asks, and what each of them knows of its target, as in Nova. A rule about hosts knows
 * nothing: hosts belong to no project, so `rule:admin_or_owner` opens them to administrators alone. All other rules of
 * a policy file concern parts of Nova that hostbeat does not have.
 */
import type { TargetKey } from './check.ts';

const NOTHING: readonly TargetKey[] = [];
const PROJECT: readonly TargetKey[] = ['project_id'];
const PROJECT_AND_USER: readonly TargetKey[] = ['project_id', 'user_id'];

/** Our own rules, which Nova does not have. docs/nova-api.md names each. */
export const FORCE_DOWN_RULE = 'hostbeat:services:force-down';
export const LIFT_RULE = 'hostbeat:services:lift-force-down';
export const FENCE_RULE = 'hostbeat:services:fence';
export const SETTINGS_RULE = 'hostbeat:services:settings';
export const REGISTER_RULE = 'hostbeat:instances:register';
export const ALL_INSTANCES_RULE = 'hostbeat:instances:all';

export const SERVED: ReadonlyMap<string, readonly TargetKey[]> = new Map([
  ...knowing(NOTHING, [
    'os_compute_api:os-aggregates:index',
    'os_compute_api:os-aggregates:show',
    'os_compute_api:os-availability-zone:detail',
    'os_compute_api:os-hosts:list',
    'os_compute_api:os-hosts:show',
    'os_compute_api:os-hypervisors:list',
    'os_compute_api:os-hypervisors:list-detail',
    'os_compute_api:os-hypervisors:search',
    'os_compute_api:os-hypervisors:servers',
    'os_compute_api:os-hypervisors:show',
    'os_compute_api:os-hypervisors:statistics',
    'os_compute_api:os-hypervisors:uptime',
    'os_compute_api:os-services:list',
    'os_compute_api:os-services:update',
    'os_compute_api:os-services:delete',
    FORCE_DOWN_RULE,
    LIFT_RULE,
    FENCE_RULE,
    SETTINGS_RULE,
    REGISTER_RULE,
    ALL_INSTANCES_RULE,
  ]),
  ...knowing(PROJECT, [
    'os_compute_api:ips:index',
    'os_compute_api:ips:show',
    'os_compute_api:os-admin-actions:reset_state',
    'os_compute_api:os-flavor-extra-specs:index',
    'os_compute_api:os-flavor-extra-specs:show',
    'os_compute_api:os-floating-ips:list',
    'os_compute_api:os-instance-actions:events',
    'os_compute_api:os-instance-actions:list',
    'os_compute_api:os-instance-actions:show',
    'os_compute_api:os-lock-server:unlock',
    'os_compute_api:os-lock-server:unlock:unlock_override',
    'os_compute_api:os-migrate-server:migrate',
    'os_compute_api:os-migrate-server:migrate:host',
    'os_compute_api:os-migrate-server:migrate_live',
    'os_compute_api:os-migrate-server:migrate_live:host',
    'os_compute_api:os-deferred-delete:restore',
    'os_compute_api:os-pause-server:unpause',
    'os_compute_api:os-suspend-server:resume',
    'os_compute_api:os-server-groups:index',
    'os_compute_api:os-server-tags:delete',
    'os_compute_api:os-server-tags:delete_all',
    'os_compute_api:os-server-tags:index',
    'os_compute_api:os-server-tags:show',
    'os_compute_api:os-server-tags:update',
    'os_compute_api:os-server-tags:update_all',
    'os_compute_api:os-shelve:unshelve',
    'os_compute_api:os-shelve:unshelve_to_host',
    'os_compute_api:server-metadata:create',
    'os_compute_api:server-metadata:delete',
    'os_compute_api:server-metadata:index',
    'os_compute_api:server-metadata:show',
    'os_compute_api:server-metadata:update',
    'os_compute_api:server-metadata:update_all',
    'os_compute_api:servers:reboot',
    'os_compute_api:servers:show',
    'os_compute_api:servers:show:host_status',
    'os_compute_api:servers:show:host_status:unknown-only',
  ]),
  ...knowing(PROJECT_AND_USER, [
    'context_is_admin',
    'compute:servers:create:requested_destination',
    'os_compute_api:extensions',
    'os_compute_api:limits',
    'os_compute_api:os-availability-zone:list',
    'os_compute_api:limits:other_project',
    'os_compute_api:os-deferred-delete:force',
    'os_compute_api:os-evacuate',
    'os_compute_api:os-extended-server-attributes',
    'os_compute_api:os-lock-server:lock',
    'os_compute_api:os-pause-server:pause',
    'os_compute_api:os-shelve:shelve',
    'os_compute_api:os-shelve:shelve_offload',
    'os_compute_api:os-suspend-server:suspend',
    'os_compute_api:servers:allow_all_filters',
    'os_compute_api:servers:create',
    'os_compute_api:servers:create:forced_host',
    'os_compute_api:servers:delete',
    'os_compute_api:servers:detail',
    'os_compute_api:servers:detail:get_all_tenants',
    'os_compute_api:servers:index',
    'os_compute_api:servers:index:get_all_tenants',
    'os_compute_api:servers:rebuild',
    'os_compute_api:servers:show:flavor-extra-specs',
    'os_compute_api:servers:start',
    'os_compute_api:servers:stop',
    'os_compute_api:servers:update',
  ]),
]);

function knowing(keys: readonly TargetKey[], rules: readonly string[]): [string, readonly TargetKey[]][] {
  return rules.map((rule) => [rule, keys]);
}
