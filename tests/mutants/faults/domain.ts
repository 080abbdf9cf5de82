import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'exactly service_down_time after its last report a service is still live',
    file: 'server/domain/silence/deadline.ts',
    edits: [['return now > deadline;', 'return now >= deadline;']],
    suites: ['domain/', 'liveness/sweep/sweep'],
  },
  {
    promise: 'a down time not above the report interval is corrected',
    file: 'server/domain/silence/deadline.ts',
    edits: [
      ['if (serviceDownTime > reportInterval) return', 'if (serviceDownTime >= reportInterval) return'],
    ],
    suites: ['domain/', 'config/'],
  },
  {
    promise: 'the corrected down time is in whole seconds',
    file: 'server/domain/silence/deadline.ts',
    edits: [['return wholeSeconds > reportInterval ? wholeSeconds : corrected;', 'return corrected;']],
    suites: ['domain/', 'config/'],
  },
  {
    promise: 'the reason of a force-down goes before that of a disabling',
    file: 'server/domain/fan-out.ts',
    edits: [
      [
        '(service.forcedDown ? service.forcedDownReason : null) ??',
        '(service.disabled ? null : service.forcedDownReason) ??',
      ],
    ],
    suites: ['domain/what-is-sent'],
  },
  {
    promise: 'owners are sent changes of nova-compute alone',
    file: 'server/domain/fan-out.ts',
    edits: [['service.binary !== COMPUTE || ', '']],
    suites: ['domain/'],
  },
  {
    promise: 'owners do not see a reason unless the deployment shows it',
    file: 'server/domain/fan-out.ts',
    edits: [
      ['...(rules.ownersSeeReason ? { reason: reasonOf(news.after) } : {})', 'reason: reasonOf(news.after)'],
    ],
    suites: ['domain/', 'hub/'],
  },
  {
    promise: 'the host id of each project is its own',
    file: 'server/domain/fan-out.ts',
    edits: [['if (instance.projectId !== projectId) {', 'if (projectId === undefined) {']],
    suites: ['domain/'],
  },
  {
    promise: 'one happening has the same correlation id for owners and operators',
    file: 'server/domain/fan-out.ts',
    edits: [
      [
        "return createHash('sha256').update(what).digest('hex').slice(0, 32);",
        "return createHash('sha256').update(what + Math.random()).digest('hex').slice(0, 32);",
      ],
    ],
    suites: ['domain/what-is-sent'],
  },
  {
    promise: 'a change of the fence is sent to owners',
    file: 'server/domain/fan-out.ts',
    edits: [['news.before.fence !== news.after.fence ||', '']],
    suites: ['domain/what-is-sent'],
  },
  {
    promise: 'a service heard although it is forced down is sent to owners',
    file: 'server/domain/fan-out.ts',
    edits: [['\n    news.before.heardForcedDownAt !== news.after.heardForcedDownAt', '\n    false']],
    suites: ['domain/'],
  },
  {
    promise: 'evidence is sent while a silence lasts',
    file: 'server/domain/fan-out.ts',
    edits: [["...(service.live ? {} : { evidence: service.evidence ?? 'none' }),", '']],
    suites: ['domain/'],
  },
  {
    promise: 'a host with no servers of its binary counts none',
    file: 'server/domain/fan-out.ts',
    edits: [
      [
        '    servers: service.binary === COMPUTE ? servers : 0,\n  };\n}\n\n/** One',
        '    servers,\n  };\n}\n\n/** One',
      ],
    ],
    suites: ['domain/'],
  },
  {
    promise: 'edges older than the window do not make a service flap',
    file: 'server/domain/silence/flapping.ts',
    edits: [['return edges.filter((at) => now - at < FLAP_WINDOW);', 'return [...edges];']],
    suites: ['domain/', 'liveness/flapping/damping'],
  },
  {
    promise: 'a hold never exceeds the longest',
    file: 'server/domain/silence/flapping.ts',
    edits: [['Math.min(FIRST_HOLD * 2 **', 'Math.max(FIRST_HOLD * 2 **']],
    suites: ['domain/', 'liveness/flapping/damping'],
  },
  {
    promise: 'three edges are no flapping yet',
    file: 'server/domain/silence/flapping.ts',
    edits: [['edges >= FLAPPING_FROM', 'edges >= FLAPPING_FROM - 1']],
    suites: ['domain/', 'liveness/flapping/damping'],
  },
  {
    promise: 'a status is found in the order that is configured',
    file: 'server/domain/host-status.ts',
    edits: [['of ORDERS[order])', 'of ORDERS.nova)']],
    suites: ['domain/'],
  },
  {
    promise: 'two silent services are never a mass',
    file: 'server/domain/silence/mass.ts',
    edits: [['Math.max(FEWEST, SHARE * watched)', 'SHARE * watched']],
    suites: ['domain/mass', 'liveness/sweep/mass'],
  },
  {
    promise: 'a mass is held no longer than configured',
    file: 'server/domain/silence/mass.ts',
    edits: [['Math.min(serviceDownTime / 2, longest)', 'serviceDownTime / 2']],
    suites: ['domain/mass', 'liveness/sweep/mass'],
  },
  {
    promise: 'a report does not lift a force-down by itself',
    file: 'server/domain/transition.ts',
    edits: [
      [
        '{ live: true, evidence: null, lastSeenUp: at, ...evidence }',
        '{ live: true, evidence: null, lastSeenUp: at, forcedDown: false, ...evidence }',
      ],
    ],
    suites: ['domain/transition'],
  },
  {
    promise: 'a live service that reports again asks for no write',
    file: 'server/domain/transition.ts',
    edits: [['if (current.live && !isFirstEvidence(current)) return { service: current };', '']],
    suites: ['domain/transition'],
  },
  {
    promise: 'a service that is silent already is not silenced again',
    file: 'server/domain/transition.ts',
    edits: [['if (current === undefined || !current.live) return', 'if (current === undefined) return']],
    suites: ['domain/transition'],
  },
  {
    promise: 'lifting a force-down ends its fence and its evidence',
    file: 'server/domain/transition.ts',
    edits: [["    next.fence = 'none';\n", '']],
    suites: ['domain/transition'],
  },
  {
    promise: 'a force-down that is repeated keeps who did it first',
    file: 'server/domain/transition.ts',
    edits: [['if (to.forcedDown === true && !service.forcedDown) {', 'if (to.forcedDown === true) {']],
    suites: ['domain/transition'],
  },
  {
    promise: 'enabling a service clears the reason of its disabling',
    file: 'server/domain/transition.ts',
    edits: [['to.disabled ? (to.disabledReason ?? null) : null', 'to.disabledReason ?? null']],
    suites: ['domain/what-is-sent'],
  },
  {
    promise: 'statusSince moves only when the status does',
    file: 'server/domain/transition.ts',
    edits: [['if (serviceStatus(after, rules.order) !== serviceStatus(current, rules.order))', '']],
    suites: ['domain/what-is-sent'],
  },
  {
    promise: 'a fence is not kept when the force-down is lifted in the same call',
    file: 'server/domain/transition.ts',
    edits: [[' && to.forcedDown !== false) next.fence', ') next.fence']],
    suites: ['domain/what-is-sent'],
  },
  {
    promise: 'a server never changes its owner',
    file: 'server/domain/instances/placement.ts',
    edits: [['current.projectId !== next.projectId', 'false']],
    suites: ['domain/', 'api/instances', 'db/postgres/store.pg', 'db/sqlite/store.sqlite', 'nova/'],
  },
  {
    promise: 'a move between hosts of the same status is an annotation',
    file: 'server/domain/instances/placement.ts',
    edits: [["const kind = same ? 'annotation' : 'transition';", "const kind = 'transition';"]],
    suites: ['domain/what-is-sent'],
  },
  {
    promise: 'a deleted server is reported as removed once',
    file: 'server/domain/instances/placement.ts',
    edits: [['if (was === undefined) return { instance: next };', '']],
    suites: ['domain/', 'api/', 'db/postgres/store.pg', 'db/sqlite/store.sqlite', 'nova/'],
  },
  {
    promise: 'since is the later of placement and status',
    file: 'server/domain/instances/placement.ts',
    edits: [['service.statusSince <= instance.placedAt', 'false']],
    suites: ['domain/', 'api/', 'db/postgres/store.pg', 'db/sqlite/store.sqlite', 'hub/'],
  },
  {
    promise: 'text with NUL is refused wherever it is nested',
    file: 'server/domain/nul.ts',
    edits: [['if (found !== undefined) return found;', 'return found;']],
    suites: ['domain/', 'flows/nul', 'hub/session'],
  },
  {
    promise: 'what is remembered is limited in number',
    file: 'server/domain/recent.ts',
    edits: [['if (this.#weight + weight > this.#most) {', 'if (this.#weight > 1e12) {']],
    suites: ['domain/recent'],
  },
  {
    promise: 'what is used often is not forgotten',
    file: 'server/domain/recent.ts',
    edits: [['if (old !== undefined) this.set(key, old);', '']],
    suites: ['domain/recent'],
  },
  {
    promise: 'Retry-After is at least one second',
    file: 'server/domain/errors.ts',
    edits: [['Math.max(1, Math.ceil(error.retryAfterMs / 1_000))', 'Math.floor(error.retryAfterMs / 1_000)']],
    suites: [
      'domain/',
      'api/',
      'nova/faults',
      'identity/embedded/login-limits',
      'identity/embedded/login-throttle',
    ],
  },
  {
    promise: 'an operator action that changes nothing leaves no audit entry',
    file: 'server/domain/audit.ts',
    edits: [['if (Object.keys(changes).length === 0) return undefined;\n  const subject', 'const subject']],
    suites: ['domain/', 'flows/audit', 'api/audit'],
  },
  {
    promise: 'a drill never hides a true fault',
    file: 'server/domain/drill.ts',
    edits: [['if (faulty.length > 0)', 'if (false)']],
    suites: ['domain/drill', 'db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'a server is in one drill at a time',
    file: 'server/domain/drill.ts',
    edits: [['if (twice.length > 0)', 'if (false)']],
    suites: ['domain/drill', 'db/postgres/store.pg', 'db/sqlite/store.sqlite'],
  },
  {
    promise: 'no drill lasts longer than it was made for',
    file: 'server/domain/drill.ts',
    edits: [['Math.min(endsAt - now, endsAt - startedAt, LONGEST_DRILL)', 'endsAt - now']],
    suites: ['domain/drill'],
  },
];
