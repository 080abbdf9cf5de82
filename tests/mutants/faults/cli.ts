import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'an agent whose token is refused reads it again',
    file: 'server/cli/agent/agent.ts',
    edits: [['if (isRefused) tokens.refused();', '']],
    suites: ['cli/agent'],
  },
  {
    promise: 'an agent that leaves says goodbye',
    file: 'server/cli/agent/agent.ts',
    edits: [["stop.addEventListener('abort', leave);", '']],
    suites: ['cli/agent'],
  },
  {
    promise: 'a check that fails keeps the report back',
    file: 'server/cli/agent/agent.ts',
    edits: [['if (holds) {', 'if (true) {']],
    suites: ['cli/agent'],
  },
  {
    promise: 'an agent renews its token without a gap',
    file: 'server/cli/agent/agent.ts',
    edits: [['if (next === undefined) return;\n    this.#link = next;', 'if (next === undefined) return;']],
    suites: ['cli/agent'],
  },
  {
    promise: 'rejected reports of a second batch are reported by their service',
    file: 'server/cli/agent/agent.ts',
    edits: [['index: index + offset', 'index']],
    suites: ['cli/agent'],
  },
  {
    promise: 'a fence is acted on once',
    file: 'server/cli/agent/fences.ts',
    edits: [['if (service.forced_down === this.#fenced.has(key)) return;', '']],
    suites: ['cli/agent'],
  },
  {
    promise: 'a fence command is given no secrets',
    file: 'server/cli/agent/fences.ts',
    edits: [['...withoutSecrets(env), HOSTBEAT_HOST', '...env, HOSTBEAT_HOST']],
    suites: ['cli/agent'],
  },
  {
    promise: 'a check command is given no secrets',
    file: 'server/cli/agent/checks/check.ts',
    edits: [["stdio: 'ignore', env: withoutSecrets(env), detached", "stdio: 'ignore', env, detached"]],
    suites: ['cli/agent'],
  },
  {
    promise: 'a check that hangs is ended with its children',
    file: 'server/cli/agent/checks/check.ts',
    edits: [["signal.addEventListener('abort', kill);", '']],
    suites: ['cli/agent'],
  },
  {
    promise: 'hints of the server never make an agent report too often',
    file: 'server/cli/agent/schedule.ts',
    edits: [['Math.max(SHORTEST_MS, shortest)', 'shortest']],
    suites: ['cli/agent'],
  },
  {
    promise: 'agents spread their reports',
    file: 'server/cli/agent/schedule.ts',
    edits: [['return intervalMs * (1 - spread * random());', 'return intervalMs;']],
    suites: ['cli/agent'],
  },
  {
    promise: 'waits of an agent grow up to the longest',
    file: 'server/cli/agent/schedule.ts',
    edits: [['200 * 2 ** Math.min(attempt, 10)', '200']],
    suites: ['cli/agent'],
  },
  {
    promise: 'an agent is back before its services are silent',
    file: 'server/cli/agent/schedule.ts',
    edits: [['return asked < longest ? asked : longest * (1 - 0.25 * random());', 'return asked;']],
    suites: ['cli/agent'],
  },
  {
    promise: 'a batch of an agent is bounded in bytes',
    file: 'server/cli/agent/batches.ts',
    edits: [['bytes + size > MAX_BATCH_BYTES || ', 'bytes === Number.POSITIVE_INFINITY || ']],
    suites: ['cli/agent'],
  },
  {
    promise: 'a batch of an agent is bounded in number',
    file: 'server/cli/agent/batches.ts',
    edits: [[' || cut.at(-1)?.length === MAX_REPORTS', '']],
    suites: ['cli/agent'],
  },
  {
    promise: 'a report without an answer ends the connection',
    file: 'server/cli/agent/socket-link.ts',
    edits: [
      [
        "        this.lose(new LinkLost('unreachable', `no answer",
        "        void (new LinkLost('unreachable', `no answer",
      ],
    ],
    suites: ['cli/agent'],
  },
  {
    promise: 'an agent goes to the next server when its own does not answer',
    file: 'server/cli/agent/servers.ts',
    edits: [['    this.#endpoints.moveOn();\n', '']],
    suites: ['cli/agent/servers'],
  },
  {
    promise: 'an agent stays with a server that refuses it',
    file: 'server/cli/agent/servers.ts',
    edits: [['if (isRefused || !areSeveral)', 'if (!areSeveral)']],
    suites: ['cli/agent/servers'],
  },
  {
    promise: 'an outage of the database keeps no agent moving',
    file: 'server/cli/agent/servers.ts',
    edits: [['    if (this.#skip > 0) {', '    if (false) {']],
    suites: ['cli/agent/servers'],
  },
  {
    promise: 'a server that opens and says nothing is left',
    file: 'server/cli/agent/socket-link.ts',
    edits: [['      }, timeoutMs);\n      const settle', '      }, 1e8);\n      const settle']],
    suites: ['cli/agent'],
  },
  {
    promise: 'an agent that closes does not wait for ever',
    file: 'server/cli/agent/socket-link.ts',
    edits: [['setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS)', 'setTimeout(() => {}, 0)']],
    suites: ['cli/agent'],
  },
];
