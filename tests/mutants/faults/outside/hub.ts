/** Faults that somebody drew who had not looked at the tests: connections of clients, and what the hub shares with others. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a row that is committed while the bounds are read is not lost',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [['this.#newest = Math.max(this.#newest, bounds.head);', 'this.#newest = bounds.head;']],
    suites: ['hub/delivery/catching-up'],
  },
  {
    promise: 'a subscription that ended while its cursor was judged reads no snapshot',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [
      [
        `      if (this.#isOver()) return;
      if (`,
        '      if (',
      ],
    ],
    suites: ['hub/delivery/catching-up'],
  },
  {
    promise: 'rows that are handed over a second time change nothing',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [['if (!this.#live || frames.seq <= this.#seen) return;', 'if (!this.#live) return;']],
    suites: ['hub/delivery/catching-up'],
  },
  {
    promise: 'other work runs between two pages of a long replay',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [
      [
        `      await outbox.turn();
    }
    return true;`,
        `    }
    return true;`,
      ],
    ],
    suites: ['hub/delivery/catching-up'],
  },
  {
    promise: 'a client has no place while it is sent a new state',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [
      [
        `    this.#announced = false;
`,
        '',
      ],
    ],
    suites: ['hub/delivery/catching-up'],
  },
  {
    promise: 'a subscription is counted from where it started',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [
      [
        `    this.#from = place.seq;
`,
        '',
      ],
    ],
    suites: ['hub/delivery/catching-up'],
  },
  {
    promise: 'a client that asks too often is answered with a limit, not with an internal error',
    file: 'server/hub/session/failures.ts',
    edits: [[`error instanceof DomainError && error.code === 'too_many'`, 'false']],
    suites: ['hub/session/left-behind'],
  },
  {
    promise: 'a connection that said hello leaves no timer of the wait for it',
    file: 'server/hub/session/hello.ts',
    edits: [
      [
        `    leave();
    cancel();`,
        '    leave();',
      ],
    ],
    suites: ['hub/session/left-behind'],
  },
  {
    promise: 'frames that wait for a token are not answered after the end',
    file: 'server/hub/session/session.ts',
    edits: [
      [
        `    this.#inbox.close();
`,
        '',
      ],
    ],
    suites: ['hub/session/left-behind'],
  },
  {
    promise: 'a connection that never said hello leaves no timer',
    file: 'server/hub/session/session.ts',
    edits: [
      [
        `  #end(): void {
    this.#cancelHello();
`,
        `  #end(): void {
`,
      ],
    ],
    suites: ['hub/session/left-behind'],
  },
  {
    promise: 'a subscription that waits for its pace leaves no timer',
    file: 'server/hub/session/subscribe-rate.ts',
    edits: [
      [
        `  end(): void {
    this.#cancel();`,
        '  end(): void {',
      ],
    ],
    suites: ['hub/session/left-behind'],
  },
  {
    promise: 'a connection that ends gives up the pace of its subscriptions',
    file: 'server/hub/session/subscriptions.ts',
    edits: [
      [
        `    this.#rate.end();
`,
        '',
      ],
    ],
    suites: ['hub/session/left-behind'],
  },
  {
    promise: 'a hub that is empty leaves no timer of its end',
    file: 'server/hub/connection/drain.ts',
    edits: [
      [
        `  await connections.empty();
  cancel();`,
        '  await connections.empty();',
      ],
    ],
    suites: ['hub/session/left-behind'],
  },
  {
    promise: 'requests behind one whose client hung up never begin',
    file: 'server/runtime/connections/connection.ts',
    edits: [
      [
        `if (this.socket.destroyed) this.#waiting.length = 0;
    else if`,
        'if',
      ],
    ],
    suites: ['runtime/connections'],
  },
  {
    promise: 'a reader is not slow while its kernel takes something',
    file: 'server/runtime/connections/connection.ts',
    edits: [['if (drained !== this.drained) this.movedAt = now;', '']],
    suites: ['runtime/connections'],
  },
  {
    promise: 'a reader that nothing waits for is not slow',
    file: 'server/runtime/connections/connection.ts',
    edits: [
      [
        `    if (socket.writableLength === 0) {
      this.movedAt = now;
    } else {`,
        '    if (socket.writableLength > 0) {',
      ],
    ],
    suites: ['runtime/connections'],
  },
  {
    promise: 'work that begins the end of the background work is not repeated',
    file: 'server/liveness/background-tasks.ts',
    edits: [
      [
        `        if (!this.#stops.has(stop)) return;
        this.run`,
        '        this.run',
      ],
    ],
    suites: ['liveness/background-tasks'],
  },
  {
    promise: 'the first of several changes of a server says alone that its drill ended',
    file: 'server/domain/drill.ts',
    edits: [
      [
        `    ended.delete(change.server_id);
`,
        '',
      ],
    ],
    suites: ['domain/drill'],
  },
  {
    promise: 'a list of one server too many is shortened',
    file: 'server/domain/audit.ts',
    edits: [['return more > 0 ?', 'return more > 1 ?']],
    suites: ['watch-keys/watch-keys'],
  },
  {
    promise: 'a socket that was closed here is counted by our code',
    file: 'server/hub/session/session.ts',
    edits: [['this.#closing?.code ?? code', 'code']],
    suites: ['hub/session/keepalive'],
  },
];
