/** Faults that somebody drew who had not looked at the tests: connections of the edge. */
import type { Mutant } from '../../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'a reader that takes part of a large write is not stalled',
    file: 'server/runtime/connections/connection.ts',
    edits: [[' - (queueOf(socket) ?? 0)', '']],
    suites: ['runtime/connections/guard'],
  },
  {
    promise: 'a connection that has closed is not what goes for a new one',
    file: 'server/runtime/connections/connections.ts',
    edits: [
      [
        `      this.#all.delete(connection);
      this.#unused.delete(connection);
      leave();`,
        `      this.#all.delete(connection);
      leave();`,
      ],
    ],
    suites: ['runtime/connections/guard'],
  },
  {
    promise: 'unsent bytes of a connection are gone with it',
    file: 'server/runtime/connections/guard.ts',
    edits: [['onClosed: (connection) => this.unsent.set(connection, 0),', 'onClosed: () => undefined,']],
    suites: ['runtime/connections/guard'],
  },
  {
    promise: 'of two connections the one that was just used stays',
    file: 'server/runtime/connections/connections.ts',
    edits: [
      ['!connection.isInUse && connection.requests === connection.seenRequests', '!connection.isInUse'],
    ],
    suites: ['runtime/connections/guard'],
  },
  {
    promise: 'a connection that is closed for another one counts no more',
    file: 'server/runtime/connections/connections.ts',
    edits: [
      [
        `        this.#all.delete(connection);
        connection.socket.destroy();`,
        '        connection.socket.destroy();',
      ],
    ],
    suites: ['runtime/connections/guard'],
  },
  {
    promise: 'an error of a connection that was refused ends nothing',
    file: 'server/runtime/connections/connections.ts',
    edits: [
      [
        `    socket.on('error', () => undefined);
`,
        '',
      ],
    ],
    suites: ['runtime/connections/guard'],
  },
  {
    promise: 'a request of a connection that was refused ends that connection',
    file: 'server/runtime/connections/guard.ts',
    edits: [
      [
        `        incoming.socket.destroy();
        return;`,
        '        return;',
      ],
    ],
    suites: ['runtime/connections/guard'],
  },
  {
    promise: 'a client behind a proxy has its place back when its answer has left',
    file: 'server/runtime/connections/guard.ts',
    edits: [[`outgoing.once('close', leave);`, '']],
    suites: ['runtime/connections/guard'],
  },
  {
    promise: 'a closed port is no reason to call nobody silent',
    file: 'server/runtime/connections/own-connection.ts',
    edits: [
      [
        `if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') resolve();
          else reject`,
        'reject',
      ],
    ],
    suites: ['runtime/connections/own-connection'],
  },
  {
    promise: 'a connection that the server drops at its limit was accepted',
    file: 'server/runtime/connections/own-connection.ts',
    edits: [
      [
        `    server.on('drop', (dropped?: { remotePort?: number }) => this.#take(dropped?.remotePort ?? 0));
`,
        '',
      ],
    ],
    suites: ['runtime/connections/own-connection'],
  },
  {
    promise: 'a look leaves no connection open',
    file: 'server/runtime/connections/own-connection.ts',
    edits: [
      [
        `      socket.destroy();
`,
        '',
      ],
    ],
    suites: ['runtime/connections/own-connection'],
  },
];
