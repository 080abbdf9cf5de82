import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a host that reports although it is forced down is explained as such',
    file: 'server/explain/verdict.ts',
    edits: [
      [
        'const heard = change.heardWhileForcedDown === true && change.facts?.live === true;',
        'const heard = false;',
      ],
    ],
    suites: ['explain/verdict'],
  },
  {
    promise: 'a return that is held back is explained as such',
    file: 'server/explain/verdict.ts',
    edits: [["if (now?.confidence === 'flap_hold') {", 'if (false) {']],
    suites: ['explain/verdict'],
  },
];
