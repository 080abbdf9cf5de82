import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a seed takes no service that is another one',
    file: 'server/seed/apply.ts',
    edits: [['  await checkIds(doc, store);\n', '']],
    suites: ['seed/'],
  },
  {
    promise: 'a seed that is loaded again changes nothing',
    file: 'server/seed/apply.ts',
    edits: [["before === after ? 'unchanged' : 'changed'", "'changed'"]],
    suites: ['seed/'],
  },
  {
    promise: 'a server of a seed belongs to the project that it names',
    file: 'server/seed/apply.ts',
    edits: [['project_id: projects.get(named) ?? named', 'project_id: named']],
    suites: ['seed/'],
  },
  {
    promise: 'an error of a seed names its entry',
    file: 'server/seed/apply.ts',
    edits: [['start + offset}]', 'offset}]']],
    suites: ['seed/'],
  },
  {
    promise: 'a seed with a misspelt project is refused',
    file: 'server/seed/load.ts',
    edits: [['if (!createMissing) refuseMissing(missing);', '']],
    suites: ['seed/', 'cli/operator', 'flows/places'],
  },
  {
    promise: 'a seed creates what is missing only where that is asked for',
    file: 'server/seed/load.ts',
    edits: [['const whole = isAnyMissing(missing) ?', 'const whole = false ?']],
    suites: ['seed/', 'cli/operator', 'flows/places'],
  },
  {
    promise: 'projects and hosts of a seed itself exist for its servers',
    file: 'server/seed/load.ts',
    edits: [['hasHost: async (host) => hosts.has(host) || lookup.hasHost(host)', 'hasHost: lookup.hasHost']],
    suites: ['seed/', 'cli/operator', 'flows/places'],
  },
  {
    promise: 'one part of a seed is bounded',
    file: 'server/seed/json-splitter.ts',
    edits: [['if (this.#size > this.#longest)', 'if (false)']],
    suites: ['seed/json-splitter', 'seed/read-seed'],
  },
  {
    promise: 'a quotation mark within a text of a seed does not end it',
    file: 'server/seed/json-splitter.ts',
    edits: [['else if (byte === BACKSLASH) this.#isEscaped = true;', '']],
    suites: ['seed/json-splitter'],
  },
];
