/** The client with one mistake in it, and the scenario that must find it. */
export interface Mutant {
  readonly mistake: string;
  /** Below client-sdk. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly scenario: string;
}

const SUBSCRIPTION = 'src/subscription/subscription.ts';
const EVENTS = 'src/connection/event-stream.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    mistake: 'shows what it has seen again',
    file: SUBSCRIPTION,
    from: 'if (this.#seq !== undefined && frame.seq <= this.#seq) return [];',
    to: '',
    scenario: 'duplicates',
  },
  {
    mistake: 'passes over a hole',
    file: SUBSCRIPTION,
    from: 'if (this.#sparse !== true && this.#isHole(frame.seq)) throw this.#gapBefore(frame.seq);',
    to: '',
    scenario: 'dense-skip',
  },
  {
    mistake: 'does not know sparse streams',
    file: SUBSCRIPTION,
    from: 'this.#sparse = this.#filtered || frame.sparse === true;',
    to: 'this.#sparse = this.#filtered;',
    scenario: 'sparse-skip',
  },
  {
    mistake: 'leaves its cursor where the last item was',
    file: SUBSCRIPTION,
    from: 'if (this.#sparse !== true || this.#snapshot',
    to: 'if (cursor !== "" || this.#snapshot',
    scenario: 'sparse-health-moves-cursor',
  },
  {
    mistake: 'keeps the seq of another epoch',
    file: SUBSCRIPTION,
    from: '    this.#seq = undefined;\n    this.#cursor = cursor;\n',
    to: '    this.#cursor = cursor;\n',
    scenario: 'new-epoch-lower-seq',
  },
  {
    mistake: 'adds a snapshot that is begun again to the one before',
    file: SUBSCRIPTION,
    from: 'this.#snapshot = [];',
    to: 'this.#snapshot ??= [];',
    scenario: 'snapshot-begun-again',
  },
  {
    mistake: 'takes a rehearsal for true',
    file: SUBSCRIPTION,
    from: 'return this.#drills;',
    to: 'return true;',
    scenario: 'drill',
  },
  {
    mistake: 'passes over kinds of tomorrow',
    file: SUBSCRIPTION,
    from: 'KINDS.has(kind) || to !== undefined || facts !== undefined',
    to: 'KINDS.has(kind)',
    scenario: 'unknown-kind',
  },
  {
    mistake: 'ends the connection for a type of tomorrow',
    file: 'src/connection/frame.ts',
    from: 'if (!Object.hasOwn(CHECKS, frame.type)) return undefined;',
    to: "if (!Object.hasOwn(CHECKS, frame.type)) throw new ProtocolError('x');",
    scenario: 'unknown-type',
  },
  {
    mistake: 'waits for ever on a dead connection',
    file: 'src/connection/connection.ts',
    from: 'const SILENT_AFTER = 2.5;',
    to: 'const SILENT_AFTER = 250;',
    scenario: 'silence',
  },
  {
    mistake: 'believes a tracker that says nothing',
    file: 'src/connection/server-health.ts',
    from: 'const MISSED_AFTER = 2.2;',
    to: 'const MISSED_AFTER = 220;',
    scenario: 'health-missing',
  },
  {
    mistake: 'tries for ever where it is not understood',
    file: 'protocol/close-numbers.ts',
    from: '  BAD_FRAME,\n  BAD_TOKEN,',
    to: '  BAD_TOKEN,',
    scenario: 'close-4400',
  },
  {
    mistake: 'gives up without trying a fresh token',
    file: 'src/client.ts',
    from: "typeof this.#options.token === 'function' && ",
    to: "typeof this.#options.token === 'symbol' && ",
    scenario: 'events-401',
  },
  {
    mistake: 'does not obey a drain',
    file: 'src/connection/reconnect-policy.ts',
    from: 'this.#window = [Math.min(from, LONGEST_HINT_MS), Math.min(to, LONGEST_HINT_MS)];',
    to: 'this.#window = undefined; void [from, to];',
    scenario: 'drain',
  },
  {
    mistake: 'does not renew its token',
    file: 'src/connection/connection.ts',
    from: 'void this.#refreshToken();',
    to: '',
    scenario: 'renewal',
  },
  {
    mistake: 'reads each piece of an event by itself',
    file: EVENTS,
    from: 'decoder.decode(value, { stream: true })',
    to: 'new TextDecoder().decode(value)',
    scenario: 'events-split-utf8',
  },
  {
    mistake: 'knows one end of a line only',
    file: EVENTS,
    from: '.split(/\\r?\\n/)',
    to: ".split('\\n')",
    scenario: 'events-crlf-comments',
  },
  {
    mistake: 'counts an event before it is shown',
    file: 'src/subscription/delivery.ts',
    from: '      this.#announce(delivery);\n',
    to: '      this.#take(delivery.cursor);\n      this.#announce(delivery);\n',
    scenario: 'kill-before-cursor',
  },
];
