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
];
