import type { Mutant } from '../mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'one connection answers its requests in order',
    file: 'server/runtime/connections/connection.ts',
    edits: [['if (!this.#isBusy) {', 'if (true) {']],
    suites: ['runtime/'],
  },
  {
    promise: 'requests that wait on one connection are limited',
    file: 'server/runtime/connections/connection.ts',
    edits: [['this.#waiting.length < MOST_WAITING', 'true']],
    suites: ['runtime/'],
  },
  {
    promise: 'one address has a limited number of connections',
    file: 'server/runtime/connections/connections.ts',
    edits: [['if (isDirect && !this.hasPlaceFor(peer)) return', 'if (false) return']],
    suites: ['runtime/'],
  },
  {
    promise: 'a connection that ends gives its place to its address back',
    file: 'server/runtime/connections/connections.ts',
    edits: [['      leave();\n      this.#options.onClosed', '      this.#options.onClosed']],
    suites: ['runtime/'],
  },
  {
    promise: 'connections are bounded by descriptors',
    file: 'server/runtime/connections/connections.ts',
    edits: [['if (this.#all.size >= limits.total && !this.#evict()) return', 'if (false) return']],
    suites: ['runtime/'],
  },
  {
    promise: 'an idle connection makes room for a new one',
    file: 'server/runtime/connections/connections.ts',
    edits: [['if (this.#all.size >= limits.total && !this.#evict())', 'if (this.#all.size >= limits.total)']],
    suites: ['runtime/'],
  },
  {
    promise: 'a socket is never evicted',
    file: 'server/runtime/connections/connections.ts',
    edits: [['if (connection.isUpgraded) continue;', '']],
    suites: ['runtime/'],
    equivalent:
      'a socket counts as in use as well, and what is in use is passed over; the line spares a second look',
  },
  {
    promise: 'a proxy is not counted as one address',
    file: 'server/runtime/connections/connections.ts',
    edits: [['const isDirect = !isProxy(peer);', 'const isDirect = true;']],
    suites: ['runtime/'],
  },
  {
    promise: 'some descriptors stay free for files',
    file: 'server/runtime/descriptors.ts',
    edits: [['limit - open - reserve', 'limit - open']],
    suites: ['runtime/'],
  },
  {
    promise: 'a stall of this process is not counted against readers',
    file: 'server/runtime/connections/guard.ts',
    edits: [
      [
        'if (passed > (2 * stall) / LOOKS) this.connections.excuse();',
        'if (false) this.connections.excuse();',
      ],
    ],
    suites: ['runtime/'],
  },
  {
    promise: 'an answer that nobody reads is cut',
    file: 'server/runtime/connections/guard.ts',
    edits: [["for (const one of this.connections.stalled(stall)) this.unsent.cut(one, 'stalled');", '{}']],
    suites: ['runtime/'],
  },
  {
    promise: 'answers not sent are bounded by connection',
    file: 'server/runtime/connections/unsent-answers.ts',
    edits: [["if (connection.unsent > perConnection) this.cut(connection, 'connection');", '']],
    suites: ['runtime/'],
  },
  {
    promise: 'answers not sent are bounded by address',
    file: 'server/runtime/connections/unsent-answers.ts',
    edits: [["while (account.bytes > perAddress) this.cut(slowest(account), 'address');", '']],
    suites: ['runtime/'],
  },
  {
    promise: 'answers not sent are bounded in all',
    file: 'server/runtime/connections/unsent-answers.ts',
    edits: [["while (this.#total > total) this.cut(slowest(this.#largest()), 'total');", '']],
    suites: ['runtime/'],
  },
  {
    promise: 'accounts of addresses that owe nothing are forgotten',
    file: 'server/runtime/connections/unsent-answers.ts',
    edits: [['if (account.connections.size === 0) this.#accounts.delete(address);', '']],
    suites: ['runtime/unsent-answers'],
  },
  {
    promise: 'a body that trickles is ended',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [['        if (!isOver) socket.destroy();', '']],
    suites: ['hub/endpoints/slow-bodies', 'runtime/'],
  },
  {
    promise: 'a stall of this process does not end slow bodies',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [['(!isExcused && this.#isTooSlow(incoming, sending))', 'this.#isTooSlow(incoming, sending)']],
    suites: ['runtime/slow-bodies', 'hub/endpoints/slow-bodies'],
  },
  {
    promise: 'a body that waits behind another request is not slow',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [['bytes === undefined || outgoing.socket === null', 'bytes === undefined']],
    suites: ['runtime/slow-bodies'],
  },
  {
    promise: 'a body that lies here unread is not slow',
    file: 'server/runtime/connections/slow-bodies.ts',
    edits: [['incoming.readableLength === 0 && ', '']],
    suites: ['runtime/slow-bodies'],
  },
  {
    promise: 'an upgrade that nobody decides is ended',
    file: 'server/runtime/upgrade.ts',
    edits: [['setTimeout(gone, this.#options', 'setTimeout(() => {}, this.#options']],
    suites: ['runtime/upgrade'],
  },
  {
    promise: 'a message in many pieces is bounded',
    file: 'server/runtime/upgrade.ts',
    edits: [['      maxFragments: pieces,\n      maxBufferedChunks: pieces,\n', '']],
    suites: ['runtime/', 'hub/connection/framing'],
  },
  {
    promise: 'a message is bounded in size',
    file: 'server/runtime/upgrade.ts',
    edits: [['      maxPayload,\n', '']],
    suites: ['runtime/', 'hub/connection/framing', 'hub/session'],
  },
  {
    promise: 'what is written in one turn leaves in one write',
    file: 'server/runtime/ws-socket.ts',
    edits: [['else if (this.#wire.writableCorked === 0) hold(this.#wire);', '']],
    suites: ['runtime/'],
  },
  {
    promise: 'nothing is written to a socket that closes',
    file: 'server/runtime/ws-socket.ts',
    edits: [['if (this.#ws.readyState !== WebSocket.OPEN) return;', '']],
    suites: ['runtime/ws-socket'],
  },
  {
    promise: 'a broken network is distinguished from a closed socket',
    file: 'server/runtime/ws-socket.ts',
    edits: [["code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' ? 'unanswered' : 'reset'", "'reset'"]],
    suites: ['runtime/ws-socket'],
  },
  {
    promise: 'an address that is IPv4 in IPv6 is written as IPv4',
    file: 'server/runtime/connections/peer.ts',
    edits: [["remoteAddress?.replace(/^::ffff:(?=\\d+\\.\\d+\\.\\d+\\.\\d+$)/i, '')", 'remoteAddress']],
    suites: ['runtime/ws-socket'],
  },
  {
    promise: 'trouble with descriptors is over a while after the last one',
    file: 'server/runtime/intake.ts',
    edits: [['now - this.#troubledAt >= OVER_AFTER', 'true']],
    suites: ['runtime/'],
  },
  {
    promise: 'a port that cannot be reached is trouble',
    file: 'server/runtime/intake.ts',
    edits: [['      this.turnedAway();\n      throw error;', '      throw error;']],
    suites: ['runtime/connections'],
  },
  {
    promise: 'a Host that makes no URL is the mistake of the peer',
    file: 'server/runtime/http.ts',
    edits: [['if (error instanceof RequestError) return badRequest();', '']],
    suites: ['runtime/fuzz', 'runtime/socket', 'api/links'],
  },
  {
    promise: 'a server that closes ends requests that go on',
    file: 'server/runtime/http.ts',
    edits: [
      [
        `    server.closeAllConnections();
`,
        '',
      ],
    ],
    suites: ['hub/endpoints/closing'],
  },
  {
    promise: 'a renewed certificate is used by new connections',
    file: 'server/runtime/http.ts',
    edits: [
      ['renewTls: (tls) => (server as TlsServer).setSecureContext(tls),', 'renewTls: () => undefined,'],
    ],
    suites: ['runtime/certificate', 'runtime/tls', 'flows/renewal'],
  },
  {
    promise: 'an upgrade to another protocol is passed over',
    file: 'server/runtime/http.ts',
    edits: [
      [
        "return incoming.headers.upgrade?.trim().toLowerCase() === 'websocket';",
        'return incoming.headers.upgrade !== undefined;',
      ],
    ],
    suites: ['hub/endpoints/handshake', 'runtime/'],
  },
  {
    promise: 'a damaged request is answered before its connection ends',
    file: 'server/runtime/http.ts',
    edits: [
      [
        "server.on('clientError', answerBadRequest);",
        "server.on('clientError', (_error, wire) => wire.destroy());",
      ],
    ],
    suites: ['runtime/fuzz', 'runtime/socket'],
  },
  {
    promise: 'reports go first while a look for silent hosts waits',
    file: 'server/runtime/connections/request-turns.ts',
    edits: [['this.#awaitingReports > 0 || !this.#isReportsTurn', '!this.#isReportsTurn']],
    suites: ['runtime/connections/request-turns'],
  },
  {
    promise: 'reports alternate with other requests where nobody waits for them',
    file: 'server/runtime/connections/request-turns.ts',
    edits: [['this.#awaitingReports > 0 || !this.#isReportsTurn', 'true']],
    suites: ['runtime/connections/request-turns'],
  },
  {
    promise: 'a look for silent hosts waits for the reports that have arrived',
    file: 'server/runtime/connections/request-turns.ts',
    edits: [['await this.#reports.begun();', '']],
    suites: ['runtime/connections/request-turns'],
  },
  {
    promise: 'an address has one turn, however many credentials its requests have',
    file: 'server/runtime/connections/waiting-requests.ts',
    edits: [
      [
        'if (lanes.size > 0) this.#byAddress.set(address, lanes);',
        'if (lanes.size > 0) { const rest = [...this.#byAddress]; this.#byAddress.clear(); this.#byAddress.set(address, lanes); for (const [key, value] of rest) this.#byAddress.set(key, value); }',
      ],
    ],
    suites: ['runtime/connections/request-turns'],
  },
  {
    promise: 'while a look for silent hosts waits for connections, turns are short',
    file: 'server/runtime/connections/request-turns.ts',
    edits: [['this.#awaitingConnections === 0 || this.#turns % OTHERS_EVERY === 0', 'true']],
    suites: ['runtime/connections/request-turns'],
  },
  {
    promise: 'no request starves while a look for silent hosts waits for connections',
    file: 'server/runtime/connections/request-turns.ts',
    edits: [
      [
        'this.#awaitingConnections === 0 || this.#turns % OTHERS_EVERY === 0',
        'this.#awaitingConnections === 0',
      ],
    ],
    suites: ['runtime/connections/request-turns'],
  },
  {
    promise: 'a connection that cannot be opened ends the short turns',
    file: 'server/runtime/connections/request-turns.ts',
    edits: [['    } finally {\n      this.#awaitingConnections--;\n    }', '    } finally {\n    }']],
    suites: ['runtime/connections/request-turns'],
  },
  {
    promise: 'an upgrade behind an unanswered request is not answered out of order',
    file: 'server/runtime/connections/guard.ts',
    edits: [['connection === undefined || connection.isInUse', 'connection === undefined']],
    suites: ['runtime/unread'],
  },
];
