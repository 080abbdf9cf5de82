/** Faults that somebody drew who had not looked at the tests: webhooks and their delivery. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a webhook ends while its project is disabled',
    file: 'server/webhooks/current-roles.ts',
    edits: [['user?.enabled !== true || project?.enabled !== true', 'user?.enabled !== true']],
    suites: ['webhooks/credential'],
  },
  {
    promise: 'a secret that is replaced at once is kept no longer',
    file: 'server/webhooks/fields.ts',
    edits: [['overlap === 0', 'overlap < 0']],
    suites: ['webhooks/fields'],
  },
  {
    promise: 'a new webhook begins behind the last row by the number for UNKNOWN only',
    file: 'server/webhooks/fields.ts',
    edits: [['unknownSeq: bounds.unknownOnly.head', 'unknownSeq: 0']],
    suites: ['webhooks/fields'],
  },
  {
    promise: 'a look-up that failed is not repeated for some seconds',
    file: 'server/webhooks/name-lookups.ts',
    edits: [['() => keep(host, answer, FAILURE_KEPT)', '() => undefined']],
    suites: ['webhooks/name-lookups'],
  },
  {
    promise: 'at most a thousand answers about names are kept',
    file: 'server/webhooks/name-lookups.ts',
    edits: [['if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);', '']],
    suites: ['webhooks/name-lookups'],
  },
  {
    promise: 'a name is looked up again when its answer is too old',
    file: 'server/webhooks/name-lookups.ts',
    edits: [['.finally(() => underWay.delete(key))', '']],
    suites: ['webhooks/name-lookups'],
  },
  {
    promise: 'a look-up that ignores its signal ends at its time-out',
    file: 'server/webhooks/name-lookups.ts',
    edits: [
      [
        `    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
`,
        '',
      ],
    ],
    suites: ['webhooks/name-lookups'],
  },
  {
    promise: 'the URL of a webhook has no password, also without a user',
    file: 'server/webhooks/targets.ts',
    edits: [[`url.username !== '' || url.password !== ''`, `url.username !== ''`]],
    suites: ['webhooks/targets'],
  },
  {
    promise: 'webhooks deliver to no port below 1024 but 80 and 443',
    file: 'server/webhooks/targets.ts',
    edits: [['Number(port) < 1_024', 'Number(port) < 1_023']],
    suites: ['webhooks/targets'],
  },
  {
    promise: 'the user who changes a webhook is its maker from then on',
    file: 'server/webhooks/webhooks.ts',
    edits: [['{ ...fields, ...makerFields(identity), updatedAt }', '{ ...fields, updatedAt }']],
    suites: ['webhooks/ownership'],
  },
  {
    promise: 'webhooks that are closed follow no commits',
    file: 'server/webhooks/webhooks.ts',
    edits: [
      [
        `    this.#stopListening();
`,
        '',
      ],
    ],
    suites: ['webhooks/ownership'],
  },
  {
    promise: 'a reader of UNKNOWN only is shown a webhook’s place by its own numbers',
    file: 'server/webhooks/webhooks.ts',
    edits: [[`=== 'all' ? seq : unknownSeq`, `=== 'all' ? seq : seq`]],
    suites: ['webhooks/ownership'],
  },
  {
    promise: 'few failures park no webhook, however much time has passed',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [[' && attempts >= FEWEST_ATTEMPTS', '']],
    suites: ['webhooks/delivery/backoff'],
  },
  {
    promise: 'a period of failure begins with its first failure',
    file: 'server/webhooks/delivery/backoff.ts',
    edits: [['before.failingSince ?? now', 'now']],
    suites: ['webhooks/delivery/backoff'],
  },
  {
    promise: 'a courier that was stopped plans no retry',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['if (this.#busy || this.#stopped) return;', 'if (this.#busy) return;']],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'a courier that is stopped leaves no retry',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        `    this.#cancelRetry();
    await this.#running;`,
        '    await this.#running;',
      ],
    ],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'a courier that has stopped leaves no timer',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        `    await this.#running;
    cancel();`,
        '    await this.#running;',
      ],
    ],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'a failed delivery is tried again without a new row',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        `    // \`wake\`, called for the work that is left, sets the timer.
    this.#again = true;`,
        '',
      ],
    ],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'the place of a webhook is written once a second, not once a row',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [['this.#cancelSave ??= this.#context', 'this.#cancelSave = this.#context']],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'the place of a webhook is written again after it was written once',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        `  async #save(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;`,
        `  async #save(): Promise<void> {
    this.#cancelSave?.();`,
      ],
    ],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'a node that is asked twice to deliver has one courier for each webhook',
    file: 'server/webhooks/delivery/couriers.ts',
    edits: [
      [
        'else if (!this.#couriers.has(webhook.id)) this.serve(webhook);\n      }',
        'else this.serve(webhook);\n      }',
      ],
    ],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'a node that does not deliver serves no new webhook',
    file: 'server/webhooks/delivery/couriers.ts',
    edits: [[' || !this.#delivers) return;', ') return;']],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'a change at another node leaves the webhooks of other projects served',
    file: 'server/webhooks/delivery/couriers.ts',
    edits: [['if (whose === projectId) await this.dismiss(id, true);', 'await this.dismiss(id, true);']],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'a node that could not read its webhooks delivers when it is asked again',
    file: 'server/webhooks/delivery/couriers.ts',
    edits: [['this.#switching.catch(() => undefined)', 'this.#switching']],
    suites: ['webhooks/delivery/couriers'],
  },
  {
    promise: 'a webhook whose parking is not stored is served on',
    file: 'server/webhooks/delivery/courier.ts',
    edits: [
      [
        '    try {\n      await this.#save();',
        '    this.#stopped = true;\n    try {\n      await this.#save();',
      ],
    ],
    suites: ['webhooks/delivery/couriers'],
  },
];
