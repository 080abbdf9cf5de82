import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a force-down through our own API is urgent',
    file: 'server/api/services.ts',
    edits: [
      [
        'urgent: body.fence !== undefined || body.forced_down !== undefined',
        'urgent: body.fence !== undefined',
      ],
    ],
    suites: ['api/urgent', 'api/services'],
  },
  {
    promise: 'a fence through our own API is urgent',
    file: 'server/api/services.ts',
    edits: [
      [
        'urgent: body.fence !== undefined || body.forced_down !== undefined',
        'urgent: body.forced_down !== undefined',
      ],
    ],
    suites: ['api/urgent', 'api/services'],
  },
  {
    promise: 'each field of a service has the right that it needs',
    file: 'server/api/services.ts',
    edits: [['demand(c, policy, rulesOf(body));', '']],
    suites: ['rights/', 'api/services'],
  },
  {
    promise: 'a down time not above the interval is refused',
    file: 'server/api/services.ts',
    edits: [['checkPeriods(current, body, context.liveness.config);', '']],
    suites: ['api/services'],
  },
  {
    promise: 'a fence without a force-down is refused',
    file: 'server/api/services.ts',
    edits: [["refuseWithoutForceDown('fence', fence !== undefined && fence !== 'none');", '']],
    suites: ['api/services'],
  },
  {
    promise: 'a change through our own API leaves an audit entry',
    file: 'server/api/services.ts',
    edits: [['return audit === undefined ? decision : { ...decision, audit };', 'return decision;']],
    suites: ['api/services', 'api/audit', 'flows/audit'],
  },
  {
    promise: 'a caller who may not list services is shown little of one',
    file: 'server/api/services.ts',
    edits: [['if (may(c.var.identity, policy, [LIST_RULE])) return c.json', 'if (true) return c.json']],
    suites: ['rights/', 'api/services'],
  },
  {
    promise: 'reports over HTTP need a token that may report',
    file: 'server/api/reports.ts',
    edits: [['if (!mayReportAtAll(identity)) {', 'if (false) {']],
    suites: ['api/reports', 'rights/'],
  },
  {
    promise: 'a flood of reports over HTTP is refused',
    file: 'server/api/reports.ts',
    edits: [['if (wait > 0)\n', 'if (false)\n']],
    suites: ['api/reports'],
  },
  {
    promise: 'floods over HTTP are counted by report',
    file: 'server/api/reports.ts',
    edits: [['liveness.admit(identity, reports.length)', 'liveness.admit(identity, 1)']],
    suites: ['api/reports'],
  },
  {
    promise: 'a goodbye over HTTP is a departure on purpose',
    file: 'server/api/reports.ts',
    edits: [['connection.goodbye(Math.max(asked, LEAST_INTERVALS * config.reportInterval));', '']],
    suites: ['liveness/agents/posted-goodbye', 'api/reports'],
  },
  {
    promise: 'a goodbye over HTTP waits at least for one report of another agent',
    file: 'server/api/reports.ts',
    edits: [['Math.max(asked, LEAST_INTERVALS * config.reportInterval)', 'asked']],
    suites: ['liveness/agents/posted-goodbye', 'api/reports'],
  },
  {
    promise: 'a body of exactly the limit passes our own API',
    file: 'server/api/request/body.ts',
    edits: [['if (size > limit) throw tooLarge(limit);', 'if (size >= limit) throw tooLarge(limit);']],
    suites: ['api/'],
  },
  {
    promise: 'a declared length of exactly the limit passes our own API',
    file: 'server/api/request/body.ts',
    edits: [['Number(declared ?? 0) > limit', 'Number(declared ?? 0) >= limit']],
    suites: ['api/'],
  },
  {
    promise: 'a body without a declared length is bounded too',
    file: 'server/api/request/body.ts',
    edits: [['if (size > limit) throw tooLarge(limit);', '']],
    suites: ['api/', 'runtime/'],
  },
  {
    promise: 'one line of an import is bounded',
    file: 'server/api/request/body.ts',
    edits: [
      ['    if (rest.length > limit) {', '    if (false) {'],
      ['const over = tooLong || line.length > limit;', 'const over = tooLong;'],
    ],
    suites: ['api/instances'],
  },
  {
    promise: 'a page has a largest size',
    file: 'server/api/request/page.ts',
    edits: [['Math.min(limit, MAX_LIMIT)', 'limit']],
    suites: ['api/'],
  },
  {
    promise: 'a marker that is not in the list is refused',
    file: 'server/api/request/page.ts',
    edits: [['marker !== undefined && at < 0', 'false']],
    suites: ['api/'],
  },
  {
    promise: 'an agent token is allowed nothing by the policy',
    file: 'server/api/request/permission.ts',
    edits: [["identity.kind === 'user' && ", '']],
    suites: ['api/request/permission', 'rights/'],
  },
  {
    promise: 'a registrar changes only what it registered itself',
    file: 'server/api/instances/instances.ts',
    edits: [['instance.details.registeredBy === c.var.identity.userId || ', 'true || ']],
    suites: ['rights/', 'api/instances'],
  },
  {
    promise: 'an import with one bad line does the others',
    file: 'server/api/instances/bulk-instances.ts',
    edits: [['return { line: line.number, error: errorBody(error) };', 'throw error;']],
    suites: ['api/instances'],
  },
  {
    promise: 'an import that changed something leaves an audit entry',
    file: 'server/api/instances/bulk-instances.ts',
    edits: [['if (counts.added + counts.changed > 0) await', 'if (false) await']],
    suites: ['api/'],
  },
  {
    promise: 'errors that an import lists are limited in number',
    file: 'server/api/instances/bulk-instances.ts',
    edits: [['counts.failed++ < MAX_ERRORS', 'counts.failed++ >= 0']],
    suites: ['api/import-errors'],
  },
  {
    promise: 'a force-down by an alert is urgent',
    file: 'server/api/receivers/receivers.ts',
    edits: [['{ urgent: true }', '{ urgent: false }']],
    suites: ['api/urgent', 'api/receivers'],
  },
  {
    promise: 'an alert that is not configured declares nobody down',
    file: 'server/api/receivers/receivers.ts',
    edits: [['if (!settings.forceDownOn.includes(signal.name)) {', 'if (false) {']],
    suites: ['api/receivers', 'api/receiver-recovery'],
  },
  {
    promise: 'a recovery lifts only what the same source declared',
    file: 'server/api/receivers/receivers.ts',
    edits: [['if (current?.forcedDownBy !== by.actor) return { service: current };', '']],
    suites: ['api/receivers', 'api/receiver-recovery'],
  },
  {
    promise: 'a recovery lifts nothing unless configured',
    file: 'server/api/receivers/receivers.ts',
    edits: [["signal.is === 'up' && !settings.liftOnRecovery", 'false']],
    suites: ['api/receivers', 'api/receiver-recovery'],
  },
  {
    promise: 'an alert does not change the reason of an operator',
    file: 'server/api/receivers/receivers.ts',
    edits: [['current === undefined || current.forcedDown', 'current === undefined']],
    suites: ['api/receivers', 'api/receiver-recovery'],
  },
  {
    promise: 'a reader cannot make a webhook',
    file: 'server/api/webhooks.ts',
    edits: [['if (!mayWrite(c)) throw', 'if (false) throw']],
    suites: ['rights/', 'webhooks/'],
  },
  {
    promise: 'a webhook is shown without its secret',
    file: 'server/api/webhooks.ts',
    edits: [['    name: webhook.name,\n', '    name: webhook.name,\n    secret: webhook.secret,\n']],
    suites: ['webhooks/', 'openapi/', 'api/'],
  },
  {
    promise: 'a watch key that is revoked leaves an audit entry',
    file: 'server/api/watch-keys.ts',
    edits: [["await record(c.req.raw, c.var.identity.userId, done('revoke', key, c.var.identity));", '']],
    suites: ['flows/watch-keys'],
  },
];
