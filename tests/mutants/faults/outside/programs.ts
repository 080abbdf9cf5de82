/** Faults that somebody drew who knew the promises but not the tests: commands, settings, seeds, the client. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a command reads every page of the services',
    file: 'server/cli/services/run.ts',
    edits: [['marker = body?.next ?? null;', 'marker = null;']],
    suites: ['cli/operator', 'cli/credentials', 'cli/output', 'flows/audit'],
  },
  {
    promise: 'a host that was heard while forced down and is silent now is not called alive',
    file: 'server/cli/services/run.ts',
    edits: [['view.facts.live && view.heard_while_forced_down_at', 'view.heard_while_forced_down_at']],
    suites: ['cli/operator', 'cli/credentials', 'cli/output', 'flows/audit'],
  },
  {
    promise: 'a force-down is not lifted with a reason or a fence',
    file: 'server/cli/services/run.ts',
    edits: [
      [
        'if (undo && (reason !== undefined || fence !== undefined)) {',
        'if (undo && reason !== undefined && fence !== undefined) {',
      ],
    ],
    suites: ['cli/operator', 'cli/credentials', 'cli/output', 'flows/audit'],
  },
  {
    promise: 'no command follows a redirect with its token',
    file: 'server/cli/connection/http-client.ts',
    edits: [["redirect: 'manual',", "redirect: 'follow',"]],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a command logs in again when its token is refused',
    file: 'server/cli/connection/http-client.ts',
    edits: [['      this.#tokens.refused();\n', '']],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a server that asks to wait is unavailable and not a failure',
    file: 'server/cli/connection/http-client.ts',
    edits: [['if (status === 429 || status >= 502)', 'if (status >= 502)']],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a password that one node refuses is not tried at the next',
    file: 'server/cli/connection/login.ts',
    edits: [['if (!(error instanceof CliError && error.exit === EXIT.unavailable)) throw error;', '']],
    suites: ['cli/credentials', 'cli/target', 'cli/unreachable', 'cli/agent/servers', 'flows/several'],
  },
  {
    promise: 'a login does not follow a redirect with its password',
    file: 'server/cli/connection/login.ts',
    edits: [["redirect: 'manual',", "redirect: 'follow',"]],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a token is renewed before it ends',
    file: 'server/cli/connection/credentials.ts',
    edits: [['if (this.#renewAt !== undefined && this.#monotonic() >= this.#renewAt) this.refused();', '']],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a login that failed is tried again by the next call',
    file: 'server/cli/connection/credentials.ts',
    edits: [['      this.refused();\n      throw error;', '      throw error;']],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a token file that was rotated counts without a restart',
    file: 'server/cli/connection/credentials.ts',
    edits: [
      [
        '  read();\n  return { token: async () => read(),',
        '  const once = read();\n  return { token: async () => once,',
      ],
    ],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a command that hostbeat starts inherits no secret',
    file: 'server/cli/connection/credentials.ts',
    edits: [["  'OS_PASSWORD',\n", '']],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a report by HTTP waits as long as it says',
    file: 'server/cli/agent/http-link.ts',
    edits: [
      ['const timer = setTimeout(abort, timeoutMs);', 'const timer = setTimeout(abort, timeoutMs * 1_000);'],
    ],
    suites: ['cli/agent', 'flows/agent'],
  },
  {
    promise: "a proxy's page with status 200 is no answer to a report",
    file: 'server/cli/agent/http-link.ts',
    edits: [
      [
        'if (Array.isArray(answer?.services) && Array.isArray(answer.rejected)) return answer;',
        'if (answer !== null) return answer;',
      ],
    ],
    suites: ['cli/agent', 'flows/agent'],
  },
  {
    promise: 'an agent that restarts says for how long',
    file: 'server/cli/agent/http-link.ts',
    edits: [["farewell.reason === 'restart' ? { ttl_ms: farewell.ttlMs } : {}", '{}']],
    suites: ['cli/agent', 'flows/agent'],
  },
  {
    promise: 'a watch whose token is refused logs in again',
    file: 'server/cli/watch/run.ts',
    edits: [['if (request?.refused === true) tokens.refused();', '']],
    suites: ['cli/operator', 'cli/credentials', 'cli/output', 'flows/audit'],
  },
  {
    promise: 'the line end of a password file is not part of the password',
    file: 'server/cli/user/run.ts',
    edits: [[".replace(/\\r?\\n$/, '')", '']],
    suites: [
      'cli/credentials',
      'cli/operator',
      'cli/target',
      'cli/unreachable',
      'cli/times',
      'cli/agent/agent',
      'cli/agent/flow',
    ],
  },
  {
    promise: 'a clock that is apart is noted by the doctor, to both sides',
    file: 'server/cli/doctor/checks.ts',
    edits: [
      [
        "Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())",
        "Date.parse(headers.get('date') ?? '') - Date.now()",
      ],
    ],
    suites: ['cli/doctor'],
  },
  {
    promise: 'a server that stops is not called ready by the doctor',
    file: 'server/cli/doctor/checks.ts',
    edits: [
      [
        "    if (!ready) return wrong('not ready: it is stopping; look again when it has been started again');\n",
        '',
      ],
    ],
    suites: ['cli/doctor'],
  },
  {
    promise: 'a duration in minutes is minutes',
    file: 'server/config/values.ts',
    edits: [['m: 60_000, h: 3_600_000', 'm: 6_000, h: 3_600_000']],
    suites: ['config/', 'cli/config'],
  },
  {
    promise: 'a public URL holds no password',
    file: 'server/config/values.ts',
    edits: [
      [
        "if (url.username !== '' || url.password !== '')\n",
        "if (url.username !== '' && url.password === '')\n",
      ],
    ],
    suites: ['config/', 'cli/config'],
  },
  {
    promise: 'a network has no longer prefix than its addresses',
    file: 'server/config/values.ts',
    edits: [['(family === 6 ? 128 : 32)', '128']],
    suites: ['config/', 'cli/config'],
  },
  {
    promise: 'a token that was made for another program does not open this one',
    file: 'server/config/auth-rules.ts',
    edits: [['if (oidcAudience.length === 0)\n', 'if (oidcAudience.length < 0)\n']],
    suites: ['config/', 'cli/config'],
  },
  {
    promise: 'no algorithm whose verifying key can sign is taken',
    file: 'server/config/auth-rules.ts',
    edits: [["  'RS256',\n", "  'RS256',\n  'HS256',\n"]],
    suites: ['config/', 'cli/config', 'identity/remote'],
  },
  {
    promise: 'a project that is made after it was missed is found',
    file: 'server/seed/places.ts',
    edits: [['found.then((value) => value || forget(), forget);', 'found.catch(forget);']],
    suites: ['seed/', 'api/import', 'flows/places', 'flows/audit', 'api/instances'],
  },
  {
    promise: 'a project is found by its name too',
    file: 'server/seed/places.ts',
    edits: [
      [
        '((await accounts.project(idOrName)) ?? (await accounts.projectNamed(idOrName)))?.id',
        '(await accounts.project(idOrName))?.id',
      ],
    ],
    suites: ['seed/', 'api/import', 'flows/places', 'api/instances'],
  },
  {
    promise: 'a rule without quotes is refused, and not taken for always',
    file: 'server/identity/policy/policy-file.ts',
    edits: [[' && value.tag === undefined)', ')']],
    suites: ['identity/policy', 'cli/policy'],
  },
  {
    promise: 'a rule that refers to a missing one is refused',
    file: 'server/identity/policy/rule-set.ts',
    edits: [['        errors.push({ line: rule.line, message });\n', '']],
    suites: ['identity/policy', 'cli/policy'],
  },
  {
    promise: 'the old name of a rule counts where the file gives that alone',
    file: 'server/identity/policy/rule-set.ts',
    edits: [['if (!isAlias) inForce.set(name, rule);', '']],
    suites: ['identity/policy', 'cli/policy'],
  },
  {
    promise: 'an attempt that was given up opens no connection',
    file: 'client-sdk/src/connection/attempt.ts',
    edits: [['if (!this.#over) this.#connect(secret, openEvents);', 'this.#connect(secret, openEvents);']],
    suites: ['sdk/connection', 'sdk/client'],
  },
  {
    promise: 'a next page is fetched from the address that the caller named',
    file: 'client-sdk/src/rest.ts',
    edits: [['path = next && `/v2.1/servers/detail${new URL(next).search}`;', 'path = next;']],
    suites: ['sdk/rest'],
  },
  {
    promise: 'leaving a loop over pages ends the request under way',
    file: 'client-sdk/src/rest.ts',
    edits: [['    () => stop.abort(),\n', '    () => undefined,\n']],
    suites: ['sdk/rest'],
  },
  {
    promise: 'a history goes on where its page ended',
    file: 'client-sdk/src/rest.ts',
    edits: [['before = page.next;', 'before = null;']],
    suites: ['sdk/rest'],
  },
  {
    promise: 'the statuses that a webhook is limited to reach the server',
    file: 'client-sdk/src/webhooks.ts',
    edits: [['{ host_status: hostStatus }', '{ hostStatus }']],
    suites: ['sdk/webhook'],
  },
];
