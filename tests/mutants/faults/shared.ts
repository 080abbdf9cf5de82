import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'one caller does not take more than its share of running work',
    file: 'server/limits/fair-queue.ts',
    edits: [[' && lane.running < this.#limits.runningPerKey', '']],
    suites: ['domain/fair-queue'],
  },
  {
    promise: 'one caller does not take more than its share of waiting work',
    file: 'server/limits/fair-queue.ts',
    edits: [['if (lane.waiting.size >= waitingPerKey)', 'if (false)']],
    suites: ['domain/fair-queue'],
  },
  {
    promise: 'a caller that is gone waits no longer',
    file: 'server/limits/fair-queue.ts',
    edits: [["signal?.addEventListener('abort', abort, { once: true });", '']],
    suites: ['domain/fair-queue'],
  },
  {
    promise: 'a full queue makes room for a newcomer at the cost of the longest lane',
    file: 'server/limits/fair-queue.ts',
    edits: [['&& !this.#evict(lane)', '']],
    suites: ['domain/fair-queue'],
  },
  {
    promise: 'callers get their turns in a round',
    file: 'server/limits/fair-queue.ts',
    edits: [['if (this.#turns.delete(key)) this.#turns.add(key);', '']],
    suites: ['domain/fair-queue'],
  },
  {
    promise: 'lanes that are idle are forgotten',
    file: 'server/limits/fair-queue.ts',
    edits: [['if (lane.running === 0 && lane.waiting.size === 0) this.#lanes.delete(key);', '']],
    suites: ['domain/fair-queue'],
  },
  {
    promise: 'work that fails gives its place back',
    file: 'server/limits/fair-queue.ts',
    edits: [['    } finally {\n      lane.running--;', '    } finally {\n      lane.running -= 0;']],
    suites: ['domain/fair-queue'],
  },
  {
    promise: 'long work takes one slice a turn',
    file: 'server/limits/time-slices.ts',
    edits: [['while (this.#used < this.#slice) {', 'while (true) {']],
    suites: ['domain/time-slices'],
  },
  {
    promise: 'keys take turns in the slices',
    file: 'server/limits/time-slices.ts',
    edits: [
      [
        'this.#lanes.delete(key);\n    if (lane.length > 0) this.#lanes.set(key, lane);',
        'if (lane.length === 0) this.#lanes.delete(key);',
      ],
    ],
    suites: ['domain/time-slices'],
  },
  {
    promise: 'work of a caller that is gone ends',
    file: 'server/limits/time-slices.ts',
    edits: [['steps.return(undefined as T);', '']],
    suites: ['domain/time-slices'],
  },
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
