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
  {
    promise: 'an answer that is ended twice is one answer',
    file: 'server/runtime/connections/paced-response.ts',
    edits: [
      [
        `      if (this.#body !== undefined) return this;
`,
        '',
      ],
    ],
    suites: ['runtime/connections/paced-response'],
  },
  {
    promise: 'a large answer says its length',
    file: 'server/runtime/connections/paced-response.ts',
    edits: [
      [
        `      if (!this.headersSent) this.setHeader('Content-Length', this.#body.length);
`,
        '',
      ],
    ],
    suites: ['runtime/connections/paced-response'],
  },
  {
    promise: 'who ends a large answer learns when it has left',
    file: 'server/runtime/connections/paced-response.ts',
    edits: [
      [
        `      if (typeof callback === 'function') this.once('finish', callback);
`,
        '',
      ],
    ],
    suites: ['runtime/connections/paced-response'],
  },
  {
    promise: 'what a reader leaves of a stream is counted',
    file: 'server/runtime/connections/paced-response.ts',
    edits: [['if (connection !== undefined && !isTaken) endOfTurn.look(connection);', '']],
    suites: ['runtime/connections/paced-response'],
  },
  {
    promise: 'a request without a body is not watched for one',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [
      [
        `      if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
`,
        '',
      ],
    ],
    suites: ['runtime/slow-bodies'],
  },
  {
    promise: 'a body in chunks may be slow too',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [
      [
        `headers['content-length'] === undefined && headers['transfer-encoding'] === undefined`,
        `headers['content-length'] === undefined`,
      ],
    ],
    suites: ['runtime/slow-bodies'],
  },
  {
    promise: 'a body that came whole is not watched',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [['if (!incoming.complete) this', 'this']],
    suites: ['runtime/slow-bodies'],
  },
  {
    promise: 'a body that is complete is not looked at again',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [
      [
        `        this.#slow.delete(incoming);
`,
        '',
      ],
    ],
    suites: ['runtime/slow-bodies'],
  },
  {
    promise: 'a body that is complete is left alone',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [['if (!isOver) socket.destroy();', 'socket.destroy();']],
    suites: ['runtime/slow-bodies'],
  },
  {
    promise: 'a body is looked at once',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [
      [
        `        connection.body = undefined;
`,
        '',
      ],
    ],
    suites: ['runtime/slow-bodies'],
  },
  {
    promise: 'a watch that was stopped looks at nothing',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [['stop: () => clearInterval(timer),', 'stop: () => undefined,']],
    suites: ['runtime/slow-bodies'],
  },
];
