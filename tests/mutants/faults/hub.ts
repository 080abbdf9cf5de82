import type { Mutant } from '../mutant.ts';

const SESSION = 'server/hub/session/session.ts';
const TOKENS = 'server/hub/session/token-frames.ts';
const SUBSCRIPTIONS = 'server/hub/session/subscriptions.ts';
const KEEPALIVE = 'server/hub/connection/keepalive.ts';
const POLL = 'server/hub/endpoints/long-poll.ts';
const SUBSCRIBER = 'server/hub/delivery/subscriber.ts';
const OUTBOX = 'server/hub/delivery/outbox.ts';
const CHANNEL = 'server/hub/delivery/channel.ts';
const SSE = 'server/hub/endpoints/sse-socket.ts';
const LIMITS = 'server/hub/connection/handshake-limits.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    promise: 'an ack that cannot be read costs no stream',
    file: 'server/hub/session/upstream-frame.ts',
    edits: [["if (type === 'ack') return 'bad_cursor';", '']],
    suites: ['hub/session'],
  },
  {
    promise: 'a new token that cannot be checked now costs no stream',
    file: TOKENS,
    edits: [['if (error instanceof DomainError) refused(', 'if (false as boolean) refused(']],
    suites: ['hub/session'],
  },
  {
    promise: 'a renewed token of the same user for another project is refused',
    file: TOKENS,
    edits: [[' || next.identity.projectId !== projectId', '']],
    suites: ['hub/session', 'hub/connection/revocation'],
  },
  {
    promise: 'a renewed token of another user is refused',
    file: TOKENS,
    edits: [['next.identity.userId !== userId || ', '']],
    suites: ['hub/session', 'hub/connection/revocation'],
  },
  {
    promise: 'a renewed token that may follow nothing is refused',
    file: TOKENS,
    edits: [['if (!mayFollow(next.identity, policy)) {', 'if (false) {']],
    suites: ['hub/session', 'hub/connection/revocation', 'hub/connection/place'],
  },
  {
    promise: 'a second hello closes the connection',
    file: SESSION,
    edits: [['this.#hadHello = true;', '']],
    suites: ['hub/session', 'hub/abuse'],
  },
  {
    promise: 'a connection that never says hello is closed',
    file: 'server/hub/session/hello.ts',
    edits: [['setTimer(late, settings.helloTimeout)', '() => undefined']],
    suites: ['hub/session', 'hub/abuse'],
  },
  {
    promise: 'a connection that ends gives its place back',
    file: SESSION,
    edits: [['connections.remove(this, this.#place)', 'connections.remove(this, undefined)']],
    suites: ['hub/session', 'hub/connection/place', 'hub/abuse'],
  },
  {
    promise: 'a socket of a ticket ends when its user is revoked',
    file: TOKENS,
    edits: [['if (mine.token === undefined) {', 'if (mine.token === undefined) return; if (false) {']],
    suites: ['hub/session', 'hub/connection/revocation'],
  },
  {
    promise: 'a socket whose catching-up fails is sent a reason and a drain',
    file: 'server/hub/session/failures.ts',
    edits: [["outbox.send({ type: 'drain', reconnect_in_ms: RELIEF });", '']],
    suites: ['hub/session', 'hub/delivery/no-gap', 'hub/endpoints/stream'],
  },
  {
    promise: 'a revocation that concerns another user leaves the socket alone',
    file: 'server/hub/connection/authentication.ts',
    edits: [['gone.userId === userId', 'true']],
    suites: ['hub/connection/revocation', 'hub/session'],
  },
  {
    promise: 'a place that is left twice is given back once',
    file: 'server/hub/connection/connections.ts',
    edits: [['if (!this.#all.delete(connection)) return;', 'this.#all.delete(connection);']],
    suites: ['hub/connection/connection-bounds'],
  },
  {
    promise: 'a project has no more connections than its limit',
    file: 'server/hub/connection/connections.ts',
    edits: [['?? 0) < this.#maxPerPlace', '?? 0) <= this.#maxPerPlace']],
    suites: ['hub/connection/place', 'hub/session', 'hub/abuse'],
  },
  {
    promise: 'a lobby place that is left twice is given back once',
    file: LIMITS,
    edits: [['if (!waits) return;', '']],
    suites: ['hub/connection/handshake-limits'],
  },
  {
    promise: 'handshakes that wait are limited by address',
    file: LIMITS,
    edits: [['>= maxWaitingPerAddress) {', '>= maxWaiting) {']],
    suites: ['hub/connection/handshake-limits'],
  },
  {
    promise: 'frames that wait while a token is looked up are limited',
    file: 'server/hub/session/inbox.ts',
    edits: [['<= CAPACITY', '<= Infinity']],
    suites: ['hub/connection/connection-bounds'],
  },
  {
    promise: 'frames that waited are not answered after the connection closed',
    file: 'server/hub/session/inbox.ts',
    edits: [
      ['!this.#isPaused && !this.#closed && this', '!this.#isPaused && this'],
      ['this.#waiting = [];\n  }', '}'],
    ],
    suites: ['hub/connection/connection-bounds'],
  },
  {
    promise: 'a ping does not extend the deadline of a pong that is awaited',
    file: KEEPALIVE,
    edits: [['if (ping && !this.#awaited.has(member)) {', 'if (ping) {']],
    suites: ['hub/connection/keepalive'],
  },
  {
    promise: 'a stall of the process is not counted against clients that owe a pong',
    file: KEEPALIVE,
    edits: [['Math.min(monotonic - this.#before, 4 * this.#step)', 'monotonic - this.#before']],
    suites: ['hub/connection/keepalive'],
  },
  {
    promise: 'a member that leaves is neither pinged nor lost later',
    file: KEEPALIVE,
    edits: [['slot.delete(member);', '']],
    suites: ['hub/connection/keepalive', 'hub/session'],
  },
  {
    promise: 'a pong ends the wait for it',
    file: KEEPALIVE,
    edits: [['onPong: () => void this.#awaited.delete(member)', 'onPong: () => undefined']],
    suites: ['hub/connection/keepalive'],
  },
  {
    promise: 'beats of many connections are spread over the period',
    file: KEEPALIVE,
    edits: [['(this.#at + steps) % this.#slots.length', '0']],
    suites: ['hub/connection/keepalive'],
  },
  {
    promise: 'a token with no end of its warning warns once',
    file: 'server/hub/connection/token-expiry.ts',
    edits: [['this.#warnAt = expiresAt;', '']],
    suites: ['hub/session', 'hub/connection/revocation'],
  },
  {
    promise: 'a token that ends beyond the longest timer is waited for in steps',
    file: 'server/hub/connection/token-expiry.ts',
    edits: [['Math.min(this.#warnAt - now, LONGEST)', 'this.#warnAt - now']],
    suites: ['hub/session', 'hub/connection/revocation'],
  },
  {
    promise: 'subscriptions beyond the limit are refused, waiting ones counted too',
    file: SUBSCRIPTIONS,
    edits: [[' || this.#waiting >= maxSubscriptions', '']],
    suites: ['hub/session', 'hub/abuse'],
  },
  {
    promise: 'an acknowledged cursor never goes back',
    file: SUBSCRIPTIONS,
    edits: [['entry.acked = Math.max(entry.acked, place.seq);', 'entry.acked = place.seq;']],
    suites: ['hub/session', 'hub/connection/health'],
  },
  {
    promise: 'a subscription that lost its right is ended as revoked',
    file: SUBSCRIPTIONS,
    edits: [['if (now === undefined || now.stream !== entitlement.stream) {', 'if (now === undefined) {']],
    suites: ['hub/session', 'hub/connection/revocation', 'stream/view'],
    equivalent: 'a renewed token is always of the same user and project, so the stream stays the same',
  },
  {
    promise: 'a subscriber that ends stops reading',
    file: SUBSCRIPTIONS,
    edits: [['for (const entry of this.#entries.values()) this.#leave(entry);', '']],
    suites: ['hub/session'],
  },
  {
    promise: 'new subscriptions of one connection are limited in rate',
    file: 'server/hub/session/subscribe-rate.ts',
    edits: [['if (wait === 0) return;', 'return;']],
    suites: ['hub/connection/connection-bounds', 'hub/session'],
  },
  {
    promise: 'a subscribe rate that is idle for an hour allows one burst, not many',
    file: 'server/limits/token-bucket.ts',
    edits: [['Math.min(burst, this.#left +', 'Math.max(0, this.#left +']],
    suites: ['hub/connection/connection-bounds', 'hub/connection/handshake-limits', 'limits/token-bucket'],
  },
  {
    promise: 'a burst of frames with NUL is refused by name',
    file: 'server/hub/session/upstream-frame.ts',
    edits: [['if (nul !== undefined) return', 'if (false) return']],
    suites: ['hub/session', 'hub/abuse', 'flows/nul'],
  },
  {
    promise: 'an unknown type of frame is answered and passed over',
    file: 'server/hub/session/upstream-frame.ts',
    edits: [['!TYPES.includes(type)) {', 'false) {']],
    suites: ['hub/session'],
  },
  {
    promise: 'health frames that are kept are limited in number',
    file: 'server/hub/connection/health-frames.ts',
    edits: [[' || this.#count >= MOST', '']],
    suites: ['hub/connection/health'],
  },
  {
    promise: 'owners are sent a code instead of the reason of a degraded observer',
    file: 'server/hub/connection/observer.ts',
    edits: [["audience === 'operators' ? observer.reason() : code", 'observer.reason()']],
    suites: ['hub/connection/health', 'hub/session'],
  },
  {
    promise: 'a drain closes connections in slices and not all at once',
    file: 'server/hub/connection/drain.ts',
    edits: [['all.splice(0, size)', 'all.splice(0)']],
    suites: ['hub/connection/connection-bounds'],
  },
  {
    promise: 'a close does not wait for ever for clients that do not close',
    file: 'server/hub/connection/drain.ts',
    edits: [['connection.terminate();', 'void connection;']],
    suites: ['hub/connection/connection-bounds'],
  },
  {
    promise: 'a DOWN that waits behind another row is urgent',
    file: CHANNEL,
    edits: [['this.#waiting.at(-1)', 'this.#waiting[0]']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'a channel that has too many rows waiting is delivered at once',
    file: CHANNEL,
    edits: [['if (!hasTime) this.#fanOut.flush();', '']],
    suites: ['hub/delivery/fan-out', 'hub/delivery/slices'],
  },
  {
    promise: 'cursors that are kept for views are limited in number',
    file: CHANNEL,
    edits: [['if (last === undefined && this.#sealed.size >= MOST_VIEWS) this.#sealed.clear();', '']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'under "unknown-only" equal cursors do not tell that nothing was hidden',
    file: CHANNEL,
    edits: [
      ["if (view.visibility === 'unknown-only') return this.#cursors.seal(this.stream, place, view);", ''],
    ],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'a cursor names the lineage in which its row was written',
    file: CHANNEL,
    edits: [[' && last.place.entry === place.entry', '']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'the last follower of a stream stops following it',
    file: CHANNEL,
    edits: [['open.stop();', '']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'urgent channels get one extra budget a turn and not one each',
    file: 'server/hub/delivery/fan-out.ts',
    edits: [['this.#hasMore = false;', '']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'what comes after a flush waits for the next turn',
    file: 'server/hub/delivery/fan-out.ts',
    edits: [['    this.#deliver();\n    this.#left = 0;', '    this.#deliver();']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'a stream with a DOWN that waits stays before the others, whatever it gets next',
    file: 'server/hub/delivery/fan-out.ts',
    edits: [['} else if (!this.#urgent.has(queued)) {', '} else {\n      this.#urgent.delete(queued);']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'a drill does not go before true changes',
    file: CHANNEL,
    edits: [[` && (!items.includes('"kind":"drill"') || isTrulyDown(items))`, '']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'a live subscription that meets a hole reads the log',
    file: SUBSCRIBER,
    edits: [['frames.from <= this.#seen + 1 && this.#take', 'this.#take']],
    suites: ['hub/delivery/subscriber'],
  },
  {
    promise: 'a subscription that ends leaves its stream',
    file: SUBSCRIBER,
    edits: [['if (this.#channel !== undefined) this.#options.channels.leave(this.#channel, this);', '']],
    suites: ['hub/delivery/subscriber', 'hub/session'],
  },
  {
    promise: 'the reader of a large snapshot has a longest time',
    file: SUBSCRIBER,
    edits: [['outbox.closeAfter(LONGEST_READ)', '() => undefined']],
    suites: ['hub/delivery/large-snapshot'],
  },
  {
    promise: 'a large snapshot that was read in time closes nobody later',
    file: SUBSCRIBER,
    edits: [['    } finally {\n      cancel();\n', '    } finally {\n']],
    suites: ['hub/delivery/large-snapshot'],
  },
  {
    promise: 'the body of a snapshot that is broken off ends',
    file: 'server/hub/endpoints/snapshot-body.ts',
    edits: [["broken(new Error('the snapshot was not read in time'));", 'void broken;']],
    suites: ['hub/delivery/large-snapshot'],
  },
  {
    promise: 'answers to a client that does not read are bounded',
    file: OUTBOX,
    edits: [
      ['this.#socket.send(text);\n    if (this.isFull) this.#checkNextTurn();', 'this.#socket.send(text);'],
    ],
    suites: ['hub/delivery/outbox'],
  },
  {
    promise: 'a beat that meets a full backlog ends the connection',
    file: OUTBOX,
    edits: [['    if (isFull) this.#checkNextTurn();\n', '']],
    suites: ['hub/delivery/outbox'],
  },
  {
    promise: 'a beat adds no frame to a full backlog',
    file: OUTBOX,
    edits: [['isFull ? undefined : and', 'and']],
    suites: ['hub/delivery/outbox'],
  },
  {
    promise: 'a reader that caught up is not closed as slow a minute later',
    file: OUTBOX,
    edits: [['      cancel();\n', '']],
    suites: ['hub/delivery/outbox'],
  },
  {
    promise: 'a reader that takes nothing for a minute while it catches up is closed',
    file: OUTBOX,
    edits: [['this.#options.setTimer(() => this.close(CLOSE.slowConsumer), PATIENCE)', '() => undefined']],
    suites: ['hub/delivery/outbox'],
  },
  {
    promise: 'a backlog that is gone within the turn closes nobody',
    file: OUTBOX,
    edits: [['if (this.isFull) this.close(CLOSE.slowConsumer);', 'this.close(CLOSE.slowConsumer);']],
    suites: ['hub/delivery/outbox'],
  },
  {
    promise: 'rows trimmed in the middle of a catching-up are a reset',
    file: SUBSCRIBER,
    edits: [['rows.length === 0', 'rows.length < 0']],
    suites: ['hub/delivery/trimmed-while-reading'],
  },
  {
    promise: 'rows trimmed in the middle of a poll are a reset',
    file: POLL,
    edits: [['if (row.seq !== this.#seen + 1) return undefined;', '']],
    suites: ['hub/delivery/trimmed-while-reading'],
  },
  {
    promise: 'rows trimmed up to the head in the middle of a poll are a reset',
    file: POLL,
    edits: [['if (rows.length === 0) return undefined;', 'if (rows.length === 0) break;']],
    suites: ['hub/delivery/trimmed-while-reading'],
  },
  {
    promise: 'news that arrives while a poll reads is not waited for again',
    file: POLL,
    edits: [['if (this.#over || this.#news) return', 'if (this.#over) return']],
    suites: ['hub/delivery/trimmed-while-reading'],
  },
  {
    promise: 'a poll whose right changes while it waits starts again with a reset',
    file: POLL,
    edits: [['this.#entitlement.visibility !== visibility || ', '']],
    suites: ['hub/endpoints/changes', 'hub/connection/revocation'],
  },
  {
    promise: 'a poll whose token is revoked ends as unauthorized',
    file: POLL,
    edits: [['this.close(CLOSE.forbidden);', 'this.#finish();']],
    suites: ['hub/endpoints/changes', 'hub/connection/revocation'],
  },
  {
    promise: 'a poll that ends leaves its stream',
    file: POLL,
    edits: [['this.#context.channels.leave(this.#channel, this);', 'void 0;']],
    suites: ['hub/delivery/trimmed-while-reading'],
  },
  {
    promise: 'an answer of a poll has a largest size',
    file: POLL,
    edits: [['if (size >= enough) break;', '']],
    suites: ['hub/endpoints/changes'],
  },
  {
    promise: 'a poll counts against the connections of its project',
    file: 'server/hub/endpoints/changes.ts',
    edits: [['context.connections.take(taken.place);', '']],
    suites: ['hub/endpoints/changes', 'hub/connection/place'],
  },
  {
    promise: 'a client that hangs up ends its poll',
    file: 'server/hub/endpoints/changes.ts',
    edits: [["signal.addEventListener('abort', gone, { once: true });", '']],
    suites: ['hub/endpoints/changes', 'hub/abuse'],
  },
  {
    promise: 'the history of a server of another project is not found',
    file: 'server/hub/endpoints/history.ts',
    edits: [['instance.projectId === identity.projectId || ', 'true || ']],
    suites: ['hub/endpoints/history', 'rights/matrix'],
  },
  {
    promise: 'one page of history reads a limited number of rows',
    file: 'server/hub/endpoints/history.ts',
    edits: [['looked >= MAX_ROWS', 'looked >= 2 * MAX_ROWS']],
    suites: ['hub/endpoints/history'],
  },
  {
    promise: 'an event stream whose client does not take its end is ended by force',
    file: SSE,
    edits: [['this.#options.setTimer(() => this.terminate(), CLOSE_PATIENCE)', '() => undefined']],
    suites: ['hub/endpoints/events', 'hub/abuse'],
  },
  {
    promise: 'an event stream that ends wakes whatever waits for it to drain',
    file: SSE,
    edits: [
      [
        'this.#bytes = 0;\n    for (const then of this.#whenDrained.splice(0)) this.#options.soon(then);',
        'this.#bytes = 0;',
      ],
    ],
    suites: ['hub/delivery/outbox'],
  },
  {
    promise: 'bytes that an event stream has passed on no longer count as backlog',
    file: SSE,
    edits: [['this.#bytes -= bytes;', '']],
    suites: ['hub/endpoints/events', 'hub/endpoints/stream'],
  },
  {
    promise: 'a bearer subprotocol is never echoed to the client',
    file: 'server/hub/endpoints/stream.ts',
    edits: [['offered.find((protocol) => secretOf(protocol) === undefined)', 'offered[0]']],
    suites: ['hub/endpoints/handshake', 'hub/session'],
  },
  {
    promise: 'a handshake while a server drains is closed with a drain',
    file: 'server/hub/hub.ts',
    edits: [['if (draining) session.close(CLOSE.drain);', '']],
    suites: ['hub/session'],
  },
  {
    promise: 'a poll whose view changed while it waited is a reset',
    file: 'server/hub/endpoints/long-poll.ts',
    edits: [
      [
        'if (this.#entitlement.visibility !== visibility || this.#entitlement.stream !== stream) {',
        'if (false) {',
      ],
    ],
    suites: ['hub/endpoints/changes', 'hub/connection/revocation'],
  },
  {
    promise: 'a poll that ends leaves its channel',
    file: 'server/hub/endpoints/long-poll.ts',
    edits: [['if (this.#channel !== undefined) this.#context.channels.leave(this.#channel, this);', '']],
    suites: ['hub/endpoints/changes', 'hub/session/what-stays', 'hub/delivery/trimmed'],
  },
  {
    promise: 'subscriptions of one connection catch up one after the other',
    file: 'server/hub/session/subscriptions.ts',
    edits: [['.then(start)', '.then(() => void start().catch(this.#onFailure))']],
    suites: ['hub/session/subscriptions'],
  },
  {
    promise: 'a client is never said to have acknowledged more than it was sent',
    file: 'server/hub/session/subscriptions.ts',
    edits: [['acked: Math.min(acked, seen)', 'acked']],
    suites: ['hub/session/subscriptions'],
  },
  {
    promise: 'health of several subscriptions has the place of each',
    file: 'server/hub/session/subscriptions.ts',
    edits: [['if (this.#entries.size === 1) return health.at(id, cursor);', 'return health.at(id, cursor);']],
    suites: ['hub/session/subscriptions'],
  },
  {
    promise: 'a subscription that is shown differently from now on is reset',
    file: 'server/hub/session/subscriptions.ts',
    edits: [['restarted.start(undefined, true)', 'restarted.start(undefined)']],
    suites: ['hub/connection/revocation', 'hub/session/'],
  },
  {
    promise: 'a cursor is sealed again once the key was rotated',
    file: 'server/hub/delivery/channel.ts',
    edits: [['last?.generation === generation && last.place', 'last !== undefined && last.place']],
    suites: ['hub/delivery/channel', 'flows/cursors/key-rotation'],
  },
  {
    promise: 'a row that is committed during a round is not taken for delivered',
    file: 'server/hub/delivery/channel.ts',
    edits: [['this.#waiting.splice(0, this.#round.rows);', 'this.#waiting.length = 0;']],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'the smallest read names no server of another project',
    file: 'server/hub/endpoints/status.ts',
    edits: [
      ['if (projectId !== identity.projectId && !mayFollowAll(identity, policy)) return undefined;', ''],
      ["{ stream: 'project', project_id: projectId }", "{ stream: 'project' }"],
    ],
    suites: ['rights/', 'flows/watch-keys'],
  },
  {
    promise: 'the smallest read answers a limited number of servers',
    file: 'server/hub/endpoints/status.ts',
    edits: [['if (ids.length > MOST_SERVERS)', 'if (false)']],
    suites: ['openapi/own', 'flows/watch-keys'],
  },
  {
    promise: 'a deleted server has no status',
    file: 'server/hub/endpoints/status.ts',
    edits: [
      [
        'entitlement === undefined || !isPresent(instance)',
        'entitlement === undefined || instance === undefined',
      ],
    ],
    suites: ['hub/endpoints/status'],
  },
  {
    promise: 'the smallest read says how far a status can be relied upon',
    file: 'server/hub/endpoints/status.ts',
    edits: [
      [
        '...serverState(instance, computes.get(host), rules), ...doubt }',
        '...serverState(instance, computes.get(host), rules) }',
      ],
    ],
    suites: ['hub/endpoints/status'],
  },
  {
    promise: 'a follower that has some rows of a batch is sent the others alone',
    file: 'server/hub/delivery/event-frames.ts',
    edits: [['if (from === this.from) return this;', 'return this;']],
    suites: ['hub/delivery/'],
  },
  {
    promise: 'frames of one who sees all are not shared with one who does not',
    file: 'server/hub/delivery/event-frames.ts',
    edits: [
      [
        `isWhole(view)
      ? this.#shared.whole
      : this.#shared.narrow;`,
        'this.#shared.narrow;',
      ],
    ],
    suites: ['hub/delivery/channel'],
  },
  {
    promise: 'an error frame does not look like a broken event stream',
    file: 'server/hub/endpoints/sse-socket.ts',
    edits: [["type === 'error' ? ERROR_EVENT : type", 'type']],
    suites: ['hub/endpoints/events'],
  },
  {
    promise: 'a drain says to an event stream when to come back',
    file: 'server/hub/endpoints/sse-socket.ts',
    edits: [["type === 'drain' ? this.#retryAfterDrain(text) : ''", "''"]],
    suites: ['hub/endpoints/events'],
  },
  {
    promise: 'the look-ups of a status share the event loop',
    file: 'server/hub/endpoints/status.ts',
    edits: [
      [
        'await inSlices(ids, look, { signal, key: identity.projectId ?? identity.userId })',
        'await Promise.all(ids.map(look))',
      ],
    ],
    suites: ['hub/endpoints/status.test'],
  },
  {
    promise: 'one question about the past of a project is answered at a time',
    file: 'server/explain/past-queue.ts',
    edits: [['runningPerKey: 1,', 'runningPerKey: 4,']],
    suites: ['hub/endpoints/past-queue'],
  },
  {
    promise: 'questions about the past of a token without a project share the turn of its user',
    file: 'server/explain/past-queue.ts',
    edits: [['projectId ?? userId', "projectId ?? ''"]],
    suites: ['hub/endpoints/past-queue'],
  },
];
