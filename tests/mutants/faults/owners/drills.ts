import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'starts of drills are limited in rate',
    file: 'server/drills/drills.ts',
    edits: [['const wait = this.#rate.take(projectId);', 'const wait = 0;']],
    suites: ['flows/drills', 'drills/'],
  },
  {
    promise: 'a watch key rehearses its own servers alone',
    file: 'server/drills/drills.ts',
    edits: [['(reach(id) ? stateOf(id) : undefined)', 'stateOf(id)']],
    suites: ['flows/drills'],
  },
  {
    promise: 'a watch key is shown no drill of other servers',
    file: 'server/drills/drills.ts',
    edits: [['.filter(({ servers }) => servers.every(reach))', '']],
    suites: ['flows/drills'],
  },
  {
    promise: 'a reader starts no drill',
    file: 'server/drills/drills.ts',
    edits: [
      [
        "if (identity.kind !== 'watch' && identity.roles.every((role) => role.toLowerCase() === 'reader'))",
        'if (false)',
      ],
    ],
    suites: ['flows/drills', 'rights/'],
  },
  {
    promise: 'a drill that ended meanwhile is not ended again',
    file: 'server/drills/drills.ts',
    edits: [['if (!drills.some((one) => one.id === id)) throw notThere(id);', '']],
    suites: ['drills/drills.test'],
  },
  {
    promise: 'an agent has nothing to do with drills',
    file: 'server/drills/drills.ts',
    edits: [["if (kind === 'agent') throw new", 'if (false) throw new']],
    suites: ['rights/', 'flows/drills'],
    equivalent: 'the token of an agent is of no project, and is refused for that; only the words differ',
  },
  {
    promise: 'a caller who sees UNKNOWN only rehearses nothing',
    file: 'server/drills/drills.ts',
    edits: [['if (!this.#with.seesAll(identity))', 'if (false)']],
    suites: ['flows/drills', 'rights/'],
  },
  {
    promise: 'a drill that is started leaves an audit entry',
    file: 'server/drills/drills.ts',
    edits: [
      [
        `maxPerProject),
      audit,`,
        'maxPerProject),',
      ],
    ],
    suites: ['flows/drills', 'flows/audit'],
  },
  {
    promise: 'no drill is looked for after the end',
    file: 'server/drills/drill-ends.ts',
    edits: [
      [
        `    if (this.#closed) return;
    this.#cancel();`,
        '    this.#cancel();',
      ],
    ],
    suites: ['drills/drill-ends'],
  },
  {
    promise: 'the end waits for the look that is under way',
    file: 'server/drills/drill-ends.ts',
    edits: [
      [
        `    this.#cancel();
    await this.#running;`,
        '    this.#cancel();',
      ],
    ],
    suites: ['drills/drill-ends'],
  },
  {
    promise: 'a drill that cannot be ended is tried again soon',
    file: 'server/drills/drill-ends.ts',
    edits: [
      [
        `      next = AFTER_FAILURE;
`,
        '',
      ],
    ],
    suites: ['drills/drill-ends'],
  },
  {
    promise: 'a look that is under way at the end leaves no timer',
    file: 'server/drills/drill-ends.ts',
    edits: [['if (!this.#closed) this.#cancel = this', 'this.#cancel = this']],
    suites: ['drills/drill-ends'],
  },
  {
    promise: 'a drill that cannot be ended keeps no other from its end',
    file: 'server/drills/drill-ends.ts',
    edits: [['await Promise.allSettled(over.map', 'await Promise.allSettled(over.slice(0, 1).map']],
    suites: ['drills/drill-ends'],
  },
  {
    promise: 'a drill that could not be ended is noticed',
    file: 'server/drills/drill-ends.ts',
    edits: [
      [
        `    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
`,
        '',
      ],
    ],
    suites: ['drills/drill-ends'],
  },
  {
    promise: 'a drill that was started has an end to wait for',
    file: 'server/drills/drills.ts',
    edits: [
      [
        `    started();
`,
        '',
      ],
    ],
    suites: ['drills/drills'],
  },
  {
    promise: 'a watch key sees drills of its own servers alone',
    file: 'server/drills/drills.ts',
    edits: [['servers.every(reach)', 'servers.some(reach)']],
    suites: ['drills/drills'],
  },
  {
    promise: 'an agent starts no drill',
    file: 'server/drills/drills.ts',
    edits: [
      [
        `    if (kind === 'agent') throw new DomainError('forbidden', 'Drills are for users and watch keys');
`,
        '',
      ],
    ],
    suites: ['drills/drills'],
  },
  {
    promise: 'a caller who may not see every host_status rehearses nothing',
    file: 'server/drills/drills.ts',
    edits: [
      [
        `    if (!this.#with.seesAll(identity))
      throw`,
        `    if (false)
      throw`,
      ],
    ],
    suites: ['drills/drills'],
  },
  {
    promise: 'a reader starts no drill, in whatever case its role is written',
    file: 'server/drills/drills.ts',
    edits: [[`role.toLowerCase() === 'reader'`, `role === 'reader'`]],
    suites: ['drills/drills'],
  },
];
