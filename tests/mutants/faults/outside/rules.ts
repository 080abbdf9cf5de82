/** Faults that somebody drew who knew the promises but not the tests: our own API, settings, explanations, bounds. */
import type { Mutant } from '../../mutant.ts';

const API = [
  ...[
    'audit',
    'cut-off',
    'documents',
    'health',
    'import',
    'instances',
    'links',
    'receiver',
    'reports',
    'request/',
  ],
  ...['services', 'static', 'urgent'],
].map((name) => `api/${name}`);
const SETTINGS = ['config/', 'cli/config', 'cli/serve'];
const EXPLAIN = ['explain/', 'hub/endpoints', 'flows/explain'];

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'the description of the streams names the address that was asked',
    file: 'server/api/async-api.ts',
    edits: [['servers: serversAt(url)', 'servers: contract.servers']],
    suites: ['protocol/documents'],
  },
  {
    promise: 'the audit log is for administrators only',
    file: 'server/api/audit.ts',
    edits: [['if (!isAdmin(c.var.identity)) throw', 'if (c.var.identity === undefined) throw']],
    suites: API,
  },
  {
    promise: 'a page of the audit log has a thousand entries at most',
    file: 'server/api/audit.ts',
    edits: [['Math.min(limit, MOST)', 'limit']],
    suites: API,
  },
  {
    promise: 'the last page of the audit log has no next one',
    file: 'server/api/audit.ts',
    edits: [['entries.length > wanted ?', 'entries.length >= wanted ?']],
    suites: API,
  },
  {
    promise: 'only an administrator sees the keys of cursors',
    file: 'server/api/cursor-keys.ts',
    edits: [['    demandAdmin(c);\n    return c.json({ cursor_keys', '    return c.json({ cursor_keys']],
    suites: ['flows/cursors', 'rights/'],
  },
  {
    promise: 'a rotation of the cursor key is in the audit log',
    file: 'server/api/cursor-keys.ts',
    edits: [
      [
        '    await record(c.req.raw, c.var.identity.userId, {',
        '    void ((..._: unknown[]) => {})(c.req.raw, c.var.identity.userId, {',
      ],
    ],
    suites: ['flows/cursors', 'rights/'],
  },
  {
    promise: 'an earlier cursor key counts as expired when its time is over',
    file: 'server/api/cursor-keys.ts',
    edits: [["until > now ? 'accepted' : 'expired'", "until > 0 ? 'accepted' : 'expired'"]],
    suites: ['flows/cursors', 'rights/'],
  },
  {
    promise: 'a drill names each server once',
    file: 'server/api/drills.ts',
    edits: [['servers: [...new Set(servers)]', 'servers: [...servers]']],
    suites: [...API, 'drills/', 'flows/drills'],
  },
  {
    promise: 'whether somebody may rehearse is decided before the body is read',
    file: 'server/api/drills.ts',
    edits: [['    drills.demand(identity);\n', '']],
    suites: [...API, 'drills/', 'flows/drills'],
  },
  {
    promise: 'the future is not explained',
    file: 'server/api/explain.ts',
    edits: [['    refuseFuture(at, context.clock.now());\n', '']],
    suites: [...API, ...EXPLAIN],
  },
  {
    promise: 'an explanation finds a service by its id in capitals too',
    file: 'server/api/explain.ts',
    edits: [["c.req.param('uuid').toLowerCase()", "c.req.param('uuid')"]],
    suites: [...API, ...EXPLAIN, 'entrances/'],
  },
  {
    promise: 'explanations of services wait in turns',
    file: 'server/api/explain.ts',
    edits: [
      [
        '    const explanation: ServiceExplanation = await pastQueue.run(\n      c.var.identity,\n      () => explainService(service, at, context),\n      c.req.raw.signal,\n    );',
        '    const explanation: ServiceExplanation = await explainService(service, at, context);\n    void pastQueue;',
      ],
    ],
    suites: [...API, ...EXPLAIN],
  },
  {
    promise: 'hosts are for those who may list services',
    file: 'server/api/hosts.ts',
    edits: [
      [
        "  app.use('/hosts', permitted(policy, 'os_compute_api:os-services:list'));\n",
        '  void [policy, permitted];\n',
      ],
    ],
    suites: API,
  },
  {
    promise: 'a host has the status of its compute service',
    file: 'server/api/hosts.ts',
    edits: [
      [
        'services.find(({ binary }) => binary === COMPUTE)',
        'services.find(({ binary }) => binary !== COMPUTE) ?? services[0]',
      ],
    ],
    suites: API,
  },
  {
    promise: 'hosts are listed in the order of their names',
    file: 'server/api/hosts.ts',
    edits: [['.sort(([a], [b]) => (a < b ? -1 : 1))', '.sort(([a], [b]) => (a < b ? 1 : -1))']],
    suites: API,
  },
  {
    promise: 'a node that cannot look up its entries still lists the nodes',
    file: 'server/api/nodes.ts',
    edits: [['databaseReport?.().catch(() => undefined)', 'databaseReport?.()']],
    suites: [...API, 'nodes/', 'cli/doctor'],
  },
  {
    promise: 'a node that fell behind says by how many commits',
    file: 'server/api/nodes.ts',
    edits: [['behind: furthest - tail', 'behind: 0']],
    suites: [...API, 'nodes/', 'cli/doctor'],
  },
  {
    promise: 'an alert that is resolved counts as up',
    file: 'server/api/receivers/host-signals.ts',
    edits: [["is: status === 'firing' ? 'down' : 'up'", "is: status !== 'firing' ? 'down' : 'down'"]],
    suites: API,
  },
  {
    promise: 'the port behind a host in an alert is cut off',
    file: 'server/api/receivers/host-signals.ts',
    edits: [["?.replace(/:\\d+$/, '')", '']],
    suites: API,
  },
  {
    promise: 'only an alert that says so confirms the fence',
    file: 'server/api/receivers/host-signals.ts',
    edits: [
      [
        "labels.fence === 'confirmed' ? 'confirmed' : 'none'",
        "labels.fence === undefined ? 'none' : 'confirmed'",
      ],
    ],
    suites: API,
  },
  {
    promise: 'an event without a status means down',
    file: 'server/api/receivers/host-signals.ts',
    edits: [["is: status === 'up' ? 'up' : 'down'", "is: status === 'down' ? 'down' : 'up'"]],
    suites: API,
  },
  {
    promise: 'one request of a monitor names ten thousand hosts at most',
    file: 'server/api/receivers/host-signals.ts',
    edits: [
      [
        'z.union([z.array(InspectorEvent).max(MOST), InspectorEvent])',
        'z.union([z.array(InspectorEvent), InspectorEvent])',
      ],
    ],
    suites: API,
  },
  {
    promise: 'only administrators create what servers name',
    file: 'server/api/request/create-missing.ts',
    edits: [['  if (!isAdmin(c.var.identity))\n', '  if (c.var.identity === undefined)\n']],
    suites: API,
  },
  {
    promise: 'details of a failure stay in the log',
    file: 'server/api/request/errors.ts',
    edits: [
      [
        "if (!(error instanceof DomainError) || error.code === 'internal') {",
        'if (!(error instanceof DomainError)) {',
      ],
    ],
    suites: API,
  },
  {
    promise: 'a client that hung up writes no line into the log',
    file: 'server/api/request/errors.ts',
    edits: [[' && !isCallerGone(error)', ' && (isCallerGone(error) || true)']],
    suites: [...API, 'nova/hang-up', 'entrances/'],
  },
  {
    promise: 'an error that passes says when to come back',
    file: 'server/api/request/errors.ts',
    edits: [["wait === undefined ? {} : { 'Retry-After': String(wait) }", '{}']],
    suites: API,
  },
  {
    promise: 'a seed is for administrators',
    file: 'server/api/seed.ts',
    edits: [['if (!isAdmin(identity)) throw', 'if (identity === undefined) throw']],
    suites: [...API, 'seed/'],
  },
  {
    promise: 'a seed has 64 MiB at most',
    file: 'server/api/seed.ts',
    edits: [['boundedBody(c.req.raw, MAX_BODY)', 'boundedBody(c.req.raw, MAX_BODY * 1_000)']],
    suites: [...API, 'seed/'],
  },
  {
    promise: 'an import that fills the answer with errors ends the connection of a client that sends on',
    file: 'server/api/streams.ts',
    edits: [['() => c.env?.outgoing?.destroy()', '() => {}']],
    suites: [...API, 'hub/endpoints', 'hub/'],
  },
  {
    promise: 'the largest shares of the audit log lose their oldest entries',
    file: 'server/audit/bounded.ts',
    edits: [['last - this.#kept, left)', 'last - this.#kept - 1, left)']],
    suites: ['audit/'],
  },
  {
    promise: 'the entries of the audit log are counted once a minute and not all the time',
    file: 'server/audit/bounded.ts',
    edits: [['clock.monotonic() - this.#ended < NEXT_COUNT', 'clock.monotonic() - this.#ended < 0']],
    suites: ['audit/'],
  },
  {
    promise: 'a step of the audit log deletes a few entries',
    file: 'server/audit/bounded.ts',
    edits: [['        if (left <= 0) return true;\n', '']],
    suites: ['audit/'],
  },
  {
    promise: 'a forwarded host counts only from a trusted proxy',
    file: 'server/config/base-url.ts',
    edits: [['    if (!this.#isProxy((request as Arrived)[PEER])) return direct;\n', '']],
    suites: [...SETTINGS, 'api/links', 'nova/', 'runtime/'],
  },
  {
    promise: 'a forwarded address counts only from a trusted proxy',
    file: 'server/config/base-url.ts',
    edits: [
      [
        "this.#isProxy(peer) ? this.seeThrough(peer, request.headers.get('x-forwarded-for') ?? '') : peer",
        "this.seeThrough(peer, request.headers.get('x-forwarded-for') ?? '') ?? request.headers.get('x-forwarded-for') ?? peer",
      ],
    ],
    suites: [...SETTINGS, 'api/links', 'runtime/'],
  },
  {
    promise: 'what a client wrote into a forwarded header is not believed',
    file: 'server/config/base-url.ts',
    edits: [['hops.reverse().find(', 'hops.find(']],
    suites: [...SETTINGS, 'api/links', 'runtime/'],
  },
  {
    promise: 'answers with links made of the Host header are not cached for others',
    file: 'server/config/base-url.ts',
    edits: [['    (request as Arrived)[REPEATED] = true;\n', '']],
    suites: [...SETTINGS, 'api/links', 'nova/', 'identity/keystone-v3'],
  },
  {
    promise: 'a public address with a slash at its end makes no doubled slashes',
    file: 'server/config/base-url.ts',
    edits: [["settings.publicUrl?.replace(/\\/+$/, '')", 'settings.publicUrl']],
    suites: [...SETTINGS, 'api/links'],
  },
  {
    promise: 'a network of proxies has a prefix that its family allows',
    file: 'server/config/base-url.ts',
    edits: [["bits <= (family === 'ipv6' ? 128 : 32)", 'bits <= 128']],
    suites: SETTINGS,
  },
  {
    promise: 'the nearest hop says which host was asked',
    file: 'server/config/base-url.ts',
    edits: [[".split(',').at(-1)?.trim()", ".split(',').at(0)?.trim()"]],
    suites: [...SETTINGS, 'api/links'],
  },
  {
    promise: 'two receivers do not share a token',
    file: 'server/config/files/receivers-file.ts',
    edits: [['find((before) => before.token === token)', 'find((before) => before.token === `${token} `)']],
    suites: SETTINGS,
  },
  {
    promise: 'no receiver of the file has the token that is for all hosts',
    file: 'server/config/files/receivers-file.ts',
    edits: [
      [
        'receivers.find(({ token }) => token === receiverToken)',
        'receivers.find(({ token }) => token === `${receiverToken} `)',
      ],
    ],
    suites: SETTINGS,
  },
  {
    promise: 'a receiver of the file must have a limit',
    file: 'server/config/files/receivers-file.ts',
    edits: [['if (zones.length + hosts.length === 0)', 'if (zones.length + hosts.length < 0)']],
    suites: SETTINGS,
  },
  {
    promise: 'a damaged file of receivers is named without a line of it',
    file: 'server/config/files/receivers-file.ts',
    edits: [['`is not YAML${where}`', '`is not YAML: ${(error as Error).message}`']],
    suites: SETTINGS,
  },
  {
    promise: 'the token of a receiver has sixteen characters at least',
    file: 'server/config/files/receivers-file.ts',
    edits: [['if (text.length < SHORTEST_TOKEN)', 'if (text.length < 1)']],
    suites: SETTINGS,
  },
  {
    promise: 'a token file may end with a line break',
    file: 'server/config/files/receivers-file.ts',
    edits: [['text = read(file).trim();', 'text = read(file);']],
    suites: SETTINGS,
  },
  {
    promise: 'an unknown key of a receiver is refused',
    file: 'server/config/files/receivers-file.ts',
    edits: [
      [
        '    if (KEYS.includes(key)) continue;\n',
        '    if (KEYS.includes(key) || key.length > 0) continue;\n',
      ],
    ],
    suites: SETTINGS,
  },
  {
    promise: 'a name that is far from every known one suggests none',
    file: 'server/config/nearest.ts',
    edits: [['let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;', 'let least = 1_000;']],
    suites: SETTINGS,
  },
  {
    promise: 'two letters that were swapped count as one mistake',
    file: 'server/config/nearest.ts',
    edits: [
      ['if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])', 'if (i > 1 && j > 1_000)'],
    ],
    suites: SETTINGS,
  },
  {
    promise: 'the value of a secret is in no message',
    file: 'server/config/parse-setting.ts',
    edits: [["option.type === 'secret' ? '' : ", "option.env === '' ? '' : "]],
    suites: SETTINGS,
  },
  {
    promise: 'the address to listen on is checked before anything is opened',
    file: 'server/config/parse-setting.ts',
    edits: [["    if (name === 'listen') parseListen(text);\n", '    void parseListen;\n']],
    suites: SETTINGS,
  },
  {
    promise: 'the end of a connection was received, so hostbeat was not deaf to it',
    file: 'server/explain/doubt.ts',
    edits: [["  if (silence.cause !== 'timeout' && silence.cause !== 'mass') return undefined;\n", '']],
    suites: EXPLAIN,
  },
  {
    promise: 'the moment of the silence itself counts for the doubt',
    file: 'server/explain/doubt.ts',
    edits: [[' && !(record !== undefined && wasDeaf(record.observer))', '']],
    suites: EXPLAIN,
  },
  {
    promise: 'an explanation knows all commits before it',
    file: 'server/explain/server.ts',
    edits: [['  await context.catchUp();\n', '']],
    suites: EXPLAIN,
  },
  {
    promise: 'an owner reads the state of the observer without its words',
    file: 'server/explain/server.ts',
    edits: [
      [
        '.map(({ at: from, state, code }) => ({ at: rfc3339(from), state, code }))',
        '.map(({ at: from, state, code, ...rest }) => ({ at: rfc3339(from), state, code, ...rest }))',
      ],
    ],
    suites: [...EXPLAIN, 'hub/'],
  },
  {
    promise: 'a service that never reported is explained as such',
    file: 'server/explain/silence-code.ts',
    edits: [["  if (record !== undefined && record.lastHeard === null) return 'never_reported';\n", '']],
    suites: EXPLAIN,
  },
  {
    promise: 'a server that was placed on a silent host is explained as such',
    file: 'server/explain/silence-code.ts',
    edits: [
      [
        "  if (change?.cause === 'placement' && change.to === 'UNKNOWN') return 'placed_on_silent_host';\n",
        '',
      ],
    ],
    suites: EXPLAIN,
  },
  {
    promise: 'a silence that was found after a start is explained as such',
    file: 'server/explain/silence-code.ts',
    edits: [["  if (silence.detectedAfterRestart === true) return 'not_heard_since_start';\n", '']],
    suites: EXPLAIN,
  },
  {
    promise: 'time in which hostbeat did not run is named where it is a second or more',
    file: 'server/explain/silence-words.ts',
    edits: [['if (time < 1_000 || ', 'if (time < 1_000_000 || ']],
    suites: EXPLAIN,
  },
  {
    promise: 'of the others those that were late do not count as reporting',
    file: 'server/explain/silence-words.ts',
    edits: [['${others.reporting - others.late} of', '${others.reporting} of']],
    suites: EXPLAIN,
  },
  {
    promise: 'a webhook that is younger than a change is not shown with it',
    file: 'server/explain/webhooks.ts',
    edits: [['    .filter(({ createdAt }) => createdAt <= at)\n', '    .filter(() => at > 0)\n']],
    suites: EXPLAIN,
  },
  {
    promise: 'attempts of a later delivery are not shown with an earlier change',
    file: 'server/explain/webhooks.ts',
    edits: [['attempts: webhook.seq >= seq ? 0 : webhook.attempts', 'attempts: webhook.attempts']],
    suites: EXPLAIN,
  },
  {
    promise: 'a duration is written in its two largest units',
    file: 'server/explain/words.ts',
    edits: [
      ['if (seconds < 3_600) return two(seconds, 60,', 'if (seconds < 360_000) return two(seconds, 60,'],
    ],
    suites: EXPLAIN,
  },
  {
    promise: 'what was seen once is known the second time',
    file: 'server/limits/seen-before.ts',
    edits: [['    this.#numbers[place] = number;\n', '']],
    suites: ['limits/', 'nova/servers', 'identity/tokens', 'runtime/'],
  },
  {
    promise: 'a body that its client did not finish is no failure of ours',
    file: 'server/limits/caller-gone.ts',
    edits: [["return message === 'aborted' && code === 'ECONNRESET';", 'return message === code;']],
    suites: [...API, 'entrances/', 'nova/hang-up'],
  },
];
