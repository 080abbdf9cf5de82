/** One request of each kind and role whose cost grows with what is stored: `stall` sends them, one after the other. */
import { serverId } from '../large-site.ts';

export interface Asked {
  readonly what: string;
  readonly who: 'administrator' | 'owner of 200 000' | 'owner of 100' | 'nobody';
  readonly path: string;
  /** Sent with POST; without it the method is GET. */
  readonly body?: string;
  /** The answer has no end: the client leaves after this text. */
  readonly until?: string;
}

const ALL = '/v2.1/servers/detail?all_tenants=1';
const EIGHT =
  'launched_at&sort_key=task_state&sort_key=display_name&sort_key=host&sort_key=hostname&sort_key=key_name&sort_key=progress&sort_key=uuid';
export const HEAVY = encodeURIComponent('[ab]*a[ab]{200}z');

const OPERATORS: readonly (readonly [what: string, path: string])[] = [
  ['all servers in detail', ALL],
  ['all servers, names only', '/v2.1/servers?all_tenants=1'],
  ['a page from the middle', `${ALL}&marker=${serverId(7)}`],
  ['oldest first', `${ALL}&sort_key=created_at&sort_dir=asc`],
  ['by name', `${ALL}&sort_key=display_name`],
  ['by host', `${ALL}&sort_key=host`],
  ['eight sort keys', `${ALL}&sort_key=${EIGHT}`],
  ['changes-since a year', `${ALL}&changes-since=2025-01-01T00:00:00Z`],
  ['changes-since an hour', `${ALL}&changes-since=2026-01-01T16:00:00Z`],
  ['changes-before, sorted', `${ALL}&changes-before=2025-12-01T00:00:00Z&sort_key=display_name`],
  ['host_status=DOWN', `${ALL}&host_status=DOWN`],
  ['host_status=UP', `${ALL}&host_status=UP`],
  ['status=ERROR', `${ALL}&status=ERROR`],
  ['flavor', `${ALL}&flavor=3`],
  ['a flavor that no server has', `${ALL}&flavor=none`],
  ['a name that no server has', `${ALL}&name=nobody`],
  ['a heavy pattern', `${ALL}&name=${HEAVY}`],
  ['deleted', `${ALL}&deleted=true`],
  ['os-services', '/v2.1/os-services'],
  ['os-hypervisors', '/v2.1/os-hypervisors'],
  ['os-hypervisors in detail', '/v2.1/os-hypervisors/detail'],
  ['os-hypervisors in detail with sizes', '/v2.1/os-hypervisors/detail?microversion=2.79'],
  ['os-hypervisors, added up', '/v2.1/os-hypervisors/statistics?microversion=2.79'],
  ['os-hosts', '/v2.1/os-hosts?microversion=2.40'],
  ['a host', '/v2.1/os-hosts/host-7?microversion=2.40'],
  ['hypervisors with their servers', '/v2.1/os-hypervisors/detail?with_servers=true&limit=1000'],
  ['zones in detail', '/v2.1/os-availability-zone/detail'],
  ['flavors in detail', '/v2.1/flavors/detail'],
  ['/v1/hosts', '/v1/hosts'],
  ['/v1/audit', '/v1/audit?limit=1000'],
  ['/v1/changes of the hosts', '/v1/changes?stream=hosts'],
  ['/v1/events of the hosts', '/v1/events?stream=hosts'],
  ['/v1/history', `/v1/history?server=${serverId(7)}&limit=1000`],
  ['/metrics', '/metrics'],
];

const OWNERS: readonly (readonly [what: string, path: string])[] = [
  ['servers in detail', '/v2.1/servers/detail'],
  ['by launch', '/v2.1/servers/detail?sort_key=launched_at'],
  ['a name that no server has', '/v2.1/servers?name=nobody'],
  ['limits', '/v2.1/limits'],
  ['flavors in detail', '/v2.1/flavors/detail'],
  ['/v1/changes', '/v1/changes'],
  ['/v1/changes, filtered', '/v1/changes?host_status=DOWN'],
  ['/v1/events', '/v1/events'],
  ['/v1/events, filtered', '/v1/events?host_status=DOWN'],
];

export const ASKED: readonly Asked[] = [
  ...OPERATORS.map(([what, path]) => ({ what, who: 'administrator' as const, path, ...untilSynced(path) })),
  ...OWNERS.map(([what, path]) => ({ what, who: 'owner of 200 000' as const, path, ...untilSynced(path) })),
  { what: 'servers in detail', who: 'owner of 100', path: '/v2.1/servers/detail' },
  { what: 'a heavy pattern', who: 'owner of 100', path: `/v2.1/servers?name=${HEAVY}` },
  { what: 'an import of 10 000 lines', who: 'administrator', path: '/v1/instances', body: lines(10_000) },
  { what: 'a seed of 5 000 servers', who: 'administrator', path: '/v1/seed', body: seed(5_000) },
  { what: 'reports of 1 000 hosts', who: 'administrator', path: '/v1/reports', body: reports(1_000) },
  { what: '/openapi.json', who: 'nobody', path: '/openapi.json?microversion=2.77' },
  { what: '/openapi.json', who: 'nobody', path: '/openapi.json' },
  { what: '/asyncapi.json', who: 'nobody', path: '/asyncapi.json' },
  { what: '/docs', who: 'nobody', path: '/docs' },
  { what: '/dashboard', who: 'nobody', path: '/dashboard' },
];

function untilSynced(path: string) {
  return path.startsWith('/v1/events') ? { until: 'event: synced' } : {};
}

function server(n: number) {
  return { id: serverId(n), project_id: 'small', name: `server-${n}`, host: `host-${n % 1_000}` };
}

/** Servers that exist already: the request can be repeated. */
function lines(count: number): string {
  return Array.from({ length: count }, (_, n) => `${JSON.stringify(server(1_000_000 + n))}\n`).join('');
}

function seed(count: number): string {
  return JSON.stringify({ instances: Array.from({ length: count }, (_, n) => server(1_000_000 + n)) });
}

function reports(count: number): string {
  return JSON.stringify({ reports: Array.from({ length: count }, (_, n) => ({ host: `host-${n}` })) });
}
