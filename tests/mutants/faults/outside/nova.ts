/** Faults that somebody drew who knew the promises but not the tests: Nova's API. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'the statistics of hypervisors leave out disabled ones',
    file: 'server/nova/inventory/hypervisors.ts',
    edits: [['.filter(({ disabled }) => !disabled);', ';']],
    suites: ['nova/'],
  },
  {
    promise: 'hypervisors by a pattern are not paged',
    file: 'server/nova/inventory/hypervisors.ts',
    edits: [['if (pattern !== undefined && isPage) {', 'if (pattern === null && isPage) {']],
    suites: ['nova/'],
  },
  {
    promise: 'a full page of hypervisors has a next link',
    file: 'server/nova/inventory/hypervisors.ts',
    edits: [['services.length === limit\n', 'services.length > limit\n']],
    suites: ['nova/'],
  },
  {
    promise: 'the details of hypervisors have a right of their own',
    file: 'server/nova/inventory/hypervisors.ts',
    edits: [["path.endsWith('detail') ? 'list-detail' : 'list'", "'list'"]],
    suites: ['nova/', 'rights/'],
  },
  {
    promise: 'the actions of a server of another project are not found',
    file: 'server/nova/inventory/instance-actions.ts',
    edits: [['if (!call.isAdmin && instance.projectId !== identity.projectId) throw serverNotFound();', '']],
    suites: ['nova/', 'rights/'],
  },
  {
    promise: 'one action of a server needs the right to see it',
    file: 'server/nova/inventory/instance-actions.ts',
    edits: [["  authorize(nova, call, 'os_compute_api:os-instance-actions:show', target);\n", '']],
    suites: ['nova/', 'rights/'],
  },
  {
    promise: 'a page of actions is cut after its filter',
    file: 'server/nova/inventory/instance-actions.ts',
    edits: [
      [
        '    .filter(({ at }) => at >= since && at <= before)\n    .slice(0, limitOf(asked));',
        '    .slice(0, limitOf(asked))\n    .filter(({ at }) => at >= since && at <= before);',
      ],
    ],
    suites: ['nova/'],
  },
  {
    promise: 'one request makes no more servers than the quota',
    file: 'server/nova/servers/create/create.ts',
    edits: [['  if (max > MAX_COUNT)\n', '  if (max > MAX_COUNT * 1_000)\n']],
    suites: ['nova/', 'entrances/'],
  },
  {
    promise: 'a server is forced onto a host only with the right to do it',
    file: 'server/nova/servers/create/create.ts',
    edits: [
      [
        "if (forced !== '' || node !== '') authorize(nova, call, 'os_compute_api:servers:create:forced_host');",
        '',
      ],
    ],
    suites: ['nova/', 'rights/'],
  },
  {
    promise: 'a server that an administrator makes is in the audit log',
    file: 'server/nova/servers/create/create.ts',
    edits: [['      ...audited(current, placed, call, instance.createdAt),\n', '']],
    suites: ['nova/', 'flows/audit', 'api/audit'],
  },
  {
    promise: 'a server that is made appears among its actions',
    file: 'server/nova/servers/create/create.ts',
    edits: [["      action: actionOf('create', call, instance.createdAt),\n", '']],
    suites: ['nova/', 'flows/audit', 'api/audit'],
  },
  {
    promise: 'a server is unshelved into the zone that was asked for',
    file: 'server/nova/servers/actions/shelve.ts',
    edits: [
      ['if (zone && place.availabilityZone !== zone) {', 'if (!zone && place.availabilityZone === zone) {'],
    ],
    suites: ['nova/'],
  },
  {
    promise: 'a server is unshelved onto a host only with the right to do it',
    file: 'server/nova/servers/actions/shelve.ts',
    edits: [
      ["if (wanted.host) authorize(nova, call, 'os_compute_api:os-shelve:unshelve_to_host', instance);", ''],
    ],
    suites: ['nova/', 'rights/'],
  },
  {
    promise: 'a server that is offloaded is on no host',
    file: 'server/nova/servers/actions/shelve.ts',
    edits: [['      host: null,\n', '']],
    suites: ['nova/'],
  },
  {
    promise: 'of several versions in one header the last counts',
    file: 'server/nova/microversions.ts',
    edits: [["split(',').at(-1)?.trim()", "split(',').at(0)?.trim()"]],
    suites: ['nova/'],
  },
  {
    promise: 'the version of one header is not used for another',
    file: 'server/nova/microversions.ts',
    edits: [
      [
        'if (header !== null && header === last?.header) return last.version;',
        'if (header !== null && last !== undefined) return last.version;',
      ],
    ],
    suites: ['nova/'],
  },
  {
    promise: 'a server is not evacuated off a host that is up',
    file: 'server/nova/servers/actions/move.ts',
    edits: [['if (source !== undefined && isUp(source)) {', 'if (source === null) {']],
    suites: ['nova/'],
  },
  {
    promise: 'a host that is forced down is not up',
    file: 'server/nova/servers/actions/move.ts',
    edits: [['service?.live === true && !service.forcedDown', 'service?.live === true']],
    suites: ['nova/'],
  },
  {
    promise: 'a server is migrated to a named host only with the right to do it',
    file: 'server/nova/servers/actions/move.ts',
    edits: [
      [
        "if (body.migrate?.host) authorize(nova, call, 'os_compute_api:os-migrate-server:migrate:host', instance);",
        '',
      ],
    ],
    suites: ['nova/', 'rights/'],
  },
  {
    promise: 'an owner cannot change a server that is locked',
    file: 'server/nova/servers/change.ts',
    edits: [['if (instance.locked && !call.isAdmin) {', 'if (instance.locked && call.isAdmin) {']],
    suites: ['nova/', 'rights/'],
  },
  {
    promise: 'details that a change does not name stay',
    file: 'server/nova/servers/change.ts',
    edits: [
      [
        'details: { ...current.details, ...change.details },',
        'details: { ...current.details, ...change.details, tags: [] },',
      ],
    ],
    suites: ['nova/'],
  },
  {
    promise: 'a server that is deleted says when',
    file: 'server/nova/servers/delete.ts',
    edits: [['terminatedAt: at, deletedAt: at', 'deletedAt: at']],
    suites: ['nova/'],
  },
  {
    promise: 'a page has a thousand hypervisors at most',
    file: 'server/nova/inventory/hypervisors.ts',
    edits: [
      ["Math.min(Number(parameters.get('limit') ?? MOST), MOST)", "Number(parameters.get('limit') ?? MOST)"],
    ],
    suites: ['nova/neighbours'],
  },
  {
    promise: 'a hypervisor names a thousand of its servers at most',
    file: 'server/nova/inventory/hypervisors.ts',
    edits: [['namesOnHost(host, MOST)', 'namesOnHost(host, MOST * MOST)']],
    suites: ['nova/neighbours'],
  },
];
