/** Faults that somebody drew who had not looked at the tests: the agent. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a fence is acted upon once',
    file: 'server/cli/agent/fences.ts',
    edits: [
      [
        `    if (service.forced_down === this.#fenced.has(key)) return;
`,
        '',
      ],
    ],
    suites: ['cli/agent/answers'],
  },
  {
    promise: 'a fence that comes again is acted upon again',
    file: 'server/cli/agent/fences.ts',
    edits: [
      [
        `      this.#fenced.delete(key);
`,
        '',
      ],
    ],
    suites: ['cli/agent/answers'],
  },
  {
    promise: 'the command for a fence knows no secret',
    file: 'server/cli/agent/fences.ts',
    edits: [['withoutSecrets(env)', 'env']],
    suites: ['cli/agent/answers'],
  },
  {
    promise: 'a pause leaves no listeners',
    file: 'server/cli/agent/pause.ts',
    edits: [
      [
        `      for (const signal of signals) signal.removeEventListener('abort', done);
`,
        '',
      ],
    ],
    suites: ['cli/agent/answers'],
  },
  {
    promise: 'a pause that had ended before it began does not wait',
    file: 'server/cli/agent/pause.ts',
    edits: [
      [
        `    if (signals.some((signal) => signal.aborted)) return resolve();
`,
        '',
      ],
    ],
    suites: ['cli/agent/answers'],
  },
  {
    promise: 'the page of a proxy is no refusal of an agent',
    file: 'server/cli/agent/refusal.ts',
    edits: [
      ['(status === 401 || status === 403) && message !== undefined', 'status === 401 || status === 403'],
    ],
    suites: ['cli/agent/answers'],
  },
  {
    promise: 'an agent whose servers are all slow gives them longer, round by round',
    file: 'server/cli/agent/servers.ts',
    edits: [['return Math.floor(this.#failures / this.#endpoints.all.length);', 'return 0;']],
    suites: ['cli/agent'],
  },
];
