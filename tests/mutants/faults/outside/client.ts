/** Faults that somebody drew who had not looked at the tests: the client. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a client that is closed asks no further node',
    file: 'client-sdk/src/connection/better-node.ts',
    edits: [
      [
        `    if (stop.aborted) return undefined;
  }`,
        '  }',
      ],
    ],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a node that answered leaves no timer',
    file: 'client-sdk/src/connection/better-node.ts',
    edits: [
      [
        `      cancel();
`,
        '',
      ],
    ],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a drain that is announced twice is one move',
    file: 'client-sdk/src/connection/node-moves.ts',
    edits: [
      [
        `this.#cancel ??= setTimer(() => {
      retry`,
        `this.#cancel = setTimer(() => {
      retry`,
      ],
    ],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a connection that ended has no move before it',
    file: 'client-sdk/src/connection/node-moves.ts',
    edits: [
      [
        `    this.#preference.stop();
    this.#cancel?.();`,
        '    this.#preference.stop();',
      ],
    ],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a connection that ended compares no nodes',
    file: 'client-sdk/src/connection/node-moves.ts',
    edits: [
      [
        `    this.#preference.stop();
    this.#cancel?.();`,
        '    this.#cancel?.();',
      ],
    ],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'an answer of a node that comes too late moves nobody',
    file: 'client-sdk/src/connection/node-moves.ts',
    edits: [[' || this.#connection !== connection) return', ') return']],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a degraded node is compared less and less often',
    file: 'client-sdk/src/connection/node-moves.ts',
    edits: [['this.#wait = Math.min(LONGEST_MS, 2 * this.#wait);', '']],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a node that was well is compared early again',
    file: 'client-sdk/src/connection/node-moves.ts',
    edits: [
      [
        `      this.#wait = DEGRADED_MS;
    } else`,
        '    } else',
      ],
    ],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a client leaves a draining node within the time that it gives',
    file: 'client-sdk/src/connection/node-moves.ts',
    edits: [['Math.min(MOVE_WITHIN_MS, window[1])', 'MOVE_WITHIN_MS']],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a retry that is due soon is not put off',
    file: 'client-sdk/src/connection/retry-timer.ts',
    edits: [[' || sooner >= this.#due) return', ') return']],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a network that comes back starts no retry that was not planned',
    file: 'client-sdk/src/connection/retry-timer.ts',
    edits: [['this.#cancel === undefined || sooner', 'sooner']],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a retry that is planned twice is one',
    file: 'client-sdk/src/connection/retry-timer.ts',
    edits: [
      [
        `  start(): void {
    this.cancel();
`,
        `  start(): void {
`,
      ],
    ],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a word of a newer server says that its sight is unknown',
    file: 'client-sdk/src/connection/server-health.ts',
    edits: [[`Object.hasOwn(KNOWN, observer) ? observer : 'unknown'`, 'observer']],
    suites: ['sdk/connection/socket'],
  },
  {
    promise: 'a close with the code 0 is a broken connection',
    file: 'client-sdk/src/connection/socket.ts',
    edits: [['event.code || 1006', 'event.code ?? 1006']],
    suites: ['sdk/connection/socket'],
  },
  {
    promise: 'a server that is not hostbeat refuses nothing for good',
    file: 'client-sdk/src/connection/socket.ts',
    edits: [[`retryAfter(code) === 'stop' && (webSocket`, 'false && (webSocket']],
    suites: ['sdk/connection/socket'],
  },
  {
    promise: 'a peer that confirmed the close leaves no timer',
    file: 'client-sdk/src/connection/socket.ts',
    edits: [
      [
        `    await Promise.race([this.#gone, lingered]);
    cancel();`,
        '    await Promise.race([this.#gone, lingered]);',
      ],
    ],
    suites: ['sdk/connection/socket'],
  },
  {
    promise: 'a socket that has closed is not closed again',
    file: 'client-sdk/src/connection/socket.ts',
    edits: [
      [
        `    if (this.#webSocket.readyState === CLOSED) return;
`,
        '',
      ],
    ],
    suites: ['sdk/connection/socket'],
  },
  {
    promise: 'a token that came leaves no timer',
    file: 'client-sdk/src/connection/token.ts',
    edits: [
      [
        `  } finally {
    cancel();
  }`,
        `  } finally {
  }`,
      ],
    ],
    suites: ['sdk/connection/socket'],
  },
  {
    promise: 'a token of the application is stripped of blanks',
    file: 'client-sdk/src/connection/token.ts',
    edits: [
      [`if (typeof token === 'string') return token.trim();`, `if (typeof token === 'string') return token;`],
    ],
    suites: ['sdk/connection/socket'],
  },
  {
    promise: `a type named as every object's member is an unknown type`,
    file: 'client-sdk/src/connection/frame.ts',
    edits: [
      [
        'if (!Object.hasOwn(CHECKS, frame.type)) return undefined;',
        'if (!(frame.type in CHECKS)) return undefined;',
      ],
    ],
    suites: ['sdk/connection/socket'],
  },
  {
    promise: 'a client that lives long leaves no listeners',
    file: 'client-sdk/src/connection/better-node.ts',
    edits: [
      [
        `      stop.removeEventListener('abort', abort);
`,
        '',
      ],
    ],
    suites: ['sdk/connection/node-moves'],
  },
  {
    promise: 'a node that drains is left at once',
    file: 'client-sdk/src/connection/endpoints.ts',
    edits: [
      [
        `    this.#atOnce = true;
`,
        '',
      ],
    ],
    suites: ['sdk/connection/endpoint-waits'],
  },
  {
    promise: 'clients that lose a node together spread their first tries',
    file: 'client-sdk/src/connection/endpoints.ts',
    edits: [['isFirst ? FIRST_RETRY_MS : BASE_MS', 'BASE_MS']],
    suites: ['sdk/connection/endpoint-waits'],
  },
  {
    promise: 'a drain that was followed by a catch-up is over',
    file: 'client-sdk/src/connection/endpoints.ts',
    edits: [
      [
        `    this.#wasInStep = true;
    this.#atOnce = false;`,
        '    this.#wasInStep = true;',
      ],
    ],
    suites: ['sdk/connection/endpoint-waits'],
  },
  {
    promise: 'the answer of something in between is not kept in memory',
    file: 'client-sdk/src/connection/event-stream.ts',
    edits: [
      [
        `    await answer.body?.cancel();
`,
        '',
      ],
    ],
    suites: ['sdk/connection/event-stream'],
  },
  {
    promise: 'lines of one event are joined by line feeds',
    file: 'client-sdk/src/connection/event-stream.ts',
    edits: [[`this.#data === '' ? value : \`\\n\${value}\``, 'value']],
    suites: ['sdk/connection/event-stream'],
  },
  {
    promise: 'the type of an event without data is not that of the next one',
    file: 'client-sdk/src/connection/event-stream.ts',
    edits: [
      [
        `      this.#type = '';
`,
        '',
      ],
    ],
    suites: ['sdk/connection/event-stream'],
  },
  {
    promise: 'a character that arrives in two pieces is one character',
    file: 'client-sdk/src/connection/event-stream.ts',
    edits: [['decoder.decode(value, { stream: true })', 'decoder.decode(value)']],
    suites: ['sdk/connection/event-stream'],
  },
];
