import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a secret that is configured is hidden in the log',
    file: 'server/telemetry/redaction.ts',
    edits: [['cleaned = cleaned.replaceAll(secret, HIDDEN);', '{}']],
    suites: ['telemetry/redaction'],
  },
  {
    promise: 'a token is hidden in the log wherever it stands',
    file: 'server/telemetry/redaction.ts',
    edits: [['cleaned = cleaned.replace(proof, instead);', '{}']],
    suites: ['telemetry/redaction'],
  },
  {
    promise: 'a field whose name says secret is hidden in the log',
    file: 'server/telemetry/redaction.ts',
    edits: [['NAMES.test(name) ? HIDDEN : clean(value)', 'clean(value)']],
    suites: ['telemetry/redaction'],
  },
  {
    promise: 'fields below a secret name are hidden in the log',
    file: 'server/telemetry/redaction.ts',
    edits: [['NAMES.test(name) ? name : key', 'key']],
    suites: ['telemetry/redaction'],
  },
  {
    promise: 'a secret in a list is hidden in the log',
    file: 'server/telemetry/redaction.ts',
    edits: [['return value.map((one) => hide(one, name));', 'return value;']],
    suites: ['telemetry/redaction'],
  },
];
