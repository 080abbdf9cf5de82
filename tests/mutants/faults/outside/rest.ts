/** Faults that somebody drew who knew the promises but not the tests: the REST APIs and what starts them. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a server that starts again listens on the port that it had',
    file: 'server/restart.ts',
    edits: [['const port = Number(new URL(url).port) || undefined;', 'const port = undefined;']],
    suites: ['restart', 'db/lineage', 'flows/failover', 'flows/renewal', 'cli/serve'],
  },
  {
    promise: 'a server that is closed while it starts again closes at once',
    file: 'server/restart.ts',
    edits: [['await Promise.race([pause(TRY_AGAIN_MS), over]);', 'await pause(TRY_AGAIN_MS);']],
    suites: ['restart', 'db/lineage', 'flows/failover', 'flows/renewal', 'cli/serve'],
  },
  {
    promise: 'a node that the others do not hear is not ready',
    file: 'server/api/health.ts',
    edits: [["database === 'ok' && isHeard;", "database === 'ok';"]],
    suites: ['api/health', 'nodes/degraded'],
  },
  {
    promise: 'a server that stops is not ready',
    file: 'server/api/health.ts',
    edits: [['const ready = isServing() && ', 'const ready = ']],
    suites: ['api/health', 'cli/serve'],
  },
  {
    promise: 'readiness is asked again once it was answered',
    file: 'server/api/health.ts',
    edits: [
      [
        '.finally(() => {\n      asking = undefined;\n    });\n    return asking;',
        '.finally(() => undefined);\n    return asking;',
      ],
    ],
    suites: ['api/health'],
  },
  {
    promise: 'a token of monitors that was renewed counts, and the old one no more',
    file: 'server/api/receivers/senders.ts',
    edits: [
      ['if (now === single && nowNamed === named) return known;', 'if (known.length > 0) return known;'],
    ],
    suites: ['api/receiver', 'flows/renewal'],
  },
  {
    promise: 'guesses at the token of a monitor are slowed',
    file: 'server/api/receivers/senders.ts',
    edits: [["await (given === '' || known.length === 0\n", 'await (given.length >= 0\n']],
    suites: ['api/receiver', 'entrances/'],
  },
  {
    promise: 'a receiver that is limited to hosts reaches no other zone',
    file: 'server/api/receivers/senders.ts',
    edits: [
      [
        'service !== undefined && receiver.zones.has(service.zone)',
        'service !== undefined && (receiver.zones.size === 0 || receiver.zones.has(service.zone))',
      ],
    ],
    suites: ['api/receiver'],
  },
  {
    promise: 'a monitor that is an operator needs both rights: to force down and to lift',
    file: 'server/api/receivers/senders.ts',
    edits: [['[FORCE_DOWN_RULE, LIFT_RULE].every(', '[FORCE_DOWN_RULE, LIFT_RULE].some(']],
    suites: ['api/receiver', 'rights/'],
  },
  {
    promise: 'an audit entry names the address that the action came from',
    file: 'server/audit/recorder.ts',
    edits: [['from: clientAddress(request), share', 'from: undefined, share']],
    suites: ['api/audit', 'flows/audit', 'identity/keystone-v3'],
  },
  {
    promise: 'a seed through a running server leaves an audit entry',
    file: 'server/api/app.ts',
    edits: [["await audit?.record(auditEntry('seed.apply'", "void (auditEntry('seed.apply'"]],
    suites: ['api/audit', 'flows/audit', 'seed/'],
  },
  {
    promise: 'a project has no more watch keys than the setting allows',
    file: 'server/start/endpoints.ts',
    edits: [['maxPerProject: config.maxWatchKeys', 'maxPerProject: Number.MAX_SAFE_INTEGER']],
    suites: ['flows/watch-keys', 'identity/watch-keys', 'cli/config'],
  },
  {
    promise: 'an entry of the audit log for a user grant says what changed',
    file: 'server/identity/keystone-v3/audited.ts',
    edits: [['if (was !== is) changes', 'if (was === is) changes']],
    suites: ['flows/audit', 'identity/keystone-v3'],
  },
  {
    promise: 'the audit log shows no hash of a password',
    file: 'server/identity/keystone-v3/audited.ts',
    edits: [["name === 'password' ? [redacted(was), redacted(is)] : [was, is]", '[was, is]']],
    suites: ['flows/audit', 'identity/keystone-v3'],
  },
  {
    promise: 'what users change of their own account does not fill the audit log',
    file: 'server/identity/keystone-v3/audited.ts',
    edits: [[' || !isAdminCaller(c.var.caller)) return next();', ') return next();']],
    suites: ['flows/audit', 'identity/keystone-v3'],
  },
  {
    promise: 'an explanation counts only servers of the host that it explains',
    file: 'server/explain/deliveries.ts',
    edits: [['host_id === hostId && correlation_id === correlation', 'correlation_id === correlation']],
    suites: ['explain/', 'flows/explain'],
  },
  {
    promise: 'an explanation lists a bounded number of receipts',
    file: 'server/explain/deliveries.ts',
    edits: [['receipts.slice(0, MOST_SHOWN).map(', 'receipts.map(']],
    suites: ['explain/', 'flows/explain', 'hub/delivery/receipts'],
  },
  {
    promise: 'an explanation of a moment includes the change of that very moment',
    file: 'server/explain/changes.ts',
    edits: [['if (Date.parse(item.at) > at) {', 'if (Date.parse(item.at) >= at) {']],
    suites: ['explain/', 'flows/explain'],
  },
  {
    promise: 'a rehearsal explains nothing',
    file: 'server/explain/changes.ts',
    edits: [["if (item.kind === 'drill') continue;", '']],
    suites: ['explain/', 'flows/explain', 'flows/drills', 'drills/'],
  },
  {
    promise: 'the record of another silence explains nothing',
    file: 'server/explain/service.ts',
    edits: [['record !== undefined && record.at === silence?.at ? record', 'record !== undefined ? record']],
    suites: ['explain/', 'flows/explain'],
  },
  {
    promise: 'a body that was cut off before it is read ends its request',
    file: 'server/runtime/direct.ts',
    edits: [['if (incoming.destroyed) reject(new HungUp());', '']],
    suites: ['runtime/direct', 'api/cut-off'],
  },
  {
    promise: 'two tokens in one request are no token, by the short way too',
    file: 'server/runtime/direct.ts',
    edits: [['if (ONCE.has(key)) return joined(this.#incoming.rawHeaders, key);', '']],
    suites: ['runtime/direct', 'flows/direct'],
  },
  {
    promise: 'a witness that could be looked up once is probed while the name server is away',
    file: 'server/runtime/tcp-probe.ts',
    edits: [['if (found.length > 0) known = found', 'known = found']],
    suites: ['runtime/tcp-probe', 'flows/witness'],
  },
  {
    promise: 'a witness is probed once at a time',
    file: 'server/runtime/tcp-probe.ts',
    edits: [['running ??= run(signal)', 'running = run(signal)']],
    suites: ['runtime/tcp-probe', 'flows/witness'],
  },
  {
    promise: 'an end that fails does not stop the others',
    file: 'server/start/closing.ts',
    edits: [[".catch((error: unknown) => this.#logger.error({ err: error }, 'closing failed'))", '']],
    suites: ['start/closing', 'cli/serve', 'runtime/service-manager'],
  },
  {
    promise: 'what was opened last is closed first',
    file: 'server/start/closing.ts',
    edits: [['this.#ends.splice(0).reverse()', 'this.#ends.splice(0)']],
    suites: ['start/closing', 'cli/serve', 'runtime/service-manager', 'flows/crash'],
  },
  {
    promise: 'every close code of a client but ours is counted as other',
    file: 'server/telemetry/events.ts',
    edits: [["COUNTED.has(code) ? code : 'other'", 'code']],
    suites: ['telemetry/', 'hub/connection', 'liveness/agents'],
  },
  {
    promise: 'the lateness of silences is measured in seconds',
    file: 'server/telemetry/events.ts',
    edits: [['metrics.lateness.observe(lateMs / 1_000);', 'metrics.lateness.observe(lateMs);']],
    suites: ['telemetry/', 'liveness/sweep', 'api/health'],
  },
  {
    promise: 'an event that cannot be counted harms no caller',
    file: 'server/telemetry/events.ts',
    edits: [
      [
        'return harmless(events, logger);',
        'return logger === undefined ? harmless(events, logger) : events;',
      ],
    ],
    suites: ['telemetry/'],
  },
  {
    promise: 'the series of alerts begin at zero',
    file: 'server/telemetry/metrics.ts',
    edits: [['  beginAtZero(metrics);\n', '']],
    suites: ['telemetry/', 'api/health'],
  },
  {
    promise: 'a gauge of several series forgets those that are gone',
    file: 'server/telemetry/metrics.ts',
    edits: [['      this.reset();\n', '']],
    suites: ['telemetry/', 'nodes/degraded', 'webhooks/delivery', 'nodes/tail'],
  },
];
