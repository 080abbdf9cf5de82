/** Limits what peers may use: connections, requests per connection, and unread answers. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duration } from '../../domain/clock.ts';
import { refusal } from '../../socket/handshake.ts';
import { refuseUpgrade } from '../upgrade.ts';
import { EdgeConnection } from './connection.ts';
import { type ConnectionLimits, Connections, type RefusedConnection } from './connections.ts';
import { pacedResponse } from './paced-response.ts';
import { addressOf } from './peer.ts';
import { RequestTurns } from './request-turns.ts';
import { type CutReason, UnsentAnswers, type UnsentLimits } from './unsent-answers.ts';

export interface EdgeLimits {
  readonly connections: ConnectionLimits;
  readonly unsent: UnsentLimits;
}

/** Events of the edge, for metrics and logs. None of the callbacks may throw. */
export interface EdgeEvents {
  answerCut?(why: CutReason): void;
  turnedAway?(why: RefusedConnection): void;
  evicted?(): void;
}

/**
 * The client's address if the peer is a proxy that may forward for others; undefined if it is not.
 * @param forwarded the value of `X-Forwarded-For`
 */
export type SeeThrough = (peer: string | undefined, forwarded: string | undefined) => string | undefined;

export type IsReport = (request: Pick<IncomingMessage, 'method' | 'url'>) => boolean;

export interface GuardOptions {
  readonly limits: EdgeLimits;
  readonly events: EdgeEvents;
  readonly seeThrough: SeeThrough;
  /** Does this request bring reports? A look for silent hosts waits for those that do; without it, for all. */
  readonly isReport?: IsReport | undefined;
  /** Milliseconds within which the kernel must take something of what is written to a connection. */
  readonly stall: number;
}

/** Short enough to cut a stalled connection in time, and long enough that idle connections cost nothing. */
const LOOKS = 6;
const RETRY_SECONDS = 5;

export class Guard {
  readonly connections: Connections;
  readonly unsent: UnsentAnswers;
  readonly turns = new RequestTurns({ now: () => performance.now(), nextTurn: setImmediate });
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    const { limits, events, seeThrough } = options;
    this.#options = options;
    this.unsent = new UnsentAnswers(limits.unsent, (cut) => events.answerCut?.(cut));
    this.connections = new Connections({
      limits: limits.connections,
      now: () => performance.now(),
      isProxy: (peer) => seeThrough(peer, undefined) !== undefined,
      onTurnedAway: (why) => events.turnedAway?.(why),
      onEvicted: () => events.evicted?.(),
      onClosed: (connection) => this.unsent.set(connection, 0),
    });
  }

  /** The response class for the guarded HTTP server. */
  get responses(): typeof ServerResponse {
    return pacedResponse(this.unsent);
  }

  /** Guards the connections of this server from now on, and ends those that stall. */
  watch(server: Server | TlsServer): void {
    const handshaking = new Map<string, EdgeConnection>();
    server.on('connection', (socket: Socket) => {
      const connection = this.connections.accept(socket, addressOf(socket) ?? '');
      if (connection === undefined || !isTls(server)) return;
      const ends = endsOf(socket);
      handshaking.set(ends, connection);
      socket.once('close', () => handshaking.delete(ends));
    });
    server.on('secureConnection', (socket: Socket) => {
      const ends = endsOf(socket);
      handshaking.get(ends)?.carriedBy(socket);
      handshaking.delete(ends);
    });
    const { stall } = this.#options;
    let looked = performance.now();
    const timer = setInterval(() => {
      const passed = performance.now() - looked;
      looked += passed;
      // What the kernel took while this process paused becomes known in this turn.
      setImmediate(() => this.look(passed));
    }, stall / LOOKS);
    timer.unref();
    server.once('close', () => clearInterval(timer));
  }

  /**
   * Ends connections that stall.
   * @param passed since the last look: if it is much longer than the period, this process paused
   */
  look(passed: Duration): void {
    const { stall } = this.#options;
    if (passed > (2 * stall) / LOOKS) this.connections.excuse();
    else for (const one of this.connections.stalled(stall)) this.unsent.cut(one, 'stalled');
  }

  /**
   * Runs the requests of one connection one after the other, those of a proxy's client up to the client's limit, and
   * those of all clients in turn.
   */
  inTurn(listener: RequestListener): RequestListener {
    return (incoming, outgoing) => {
      const connection = EdgeConnection.of(incoming.socket);
      if (connection === undefined) {
        // The connection was refused while this request was read.
        incoming.socket.destroy();
        return;
      }
      connection.inTurn(() => {
        const leave = this.#admit(connection, incoming);
        if (leave === undefined) {
          tooMany(outgoing);
        } else if (leave !== DIRECT) {
          outgoing.once('close', leave);
        }
        outgoing.once('close', () => {
          this.unsent.set(connection, 0);
          connection.answered();
        });
        if (leave === undefined) return;
        const origin = () => ({ address: connection.account, credentials: credentialsOf(incoming) });
        const isReport = this.#options.isReport?.(incoming) ?? true;
        this.turns.run(isReport, origin, () => {
          // The client may have left before the turn of its request.
          if (!incoming.socket.destroyed) listener(incoming, outgoing);
        });
      });
    };
  }

  /** A request that asks for a WebSocket: the last one of its connection. */
  upgrade(incoming: IncomingMessage, handle: () => void): void {
    const { socket } = incoming;
    const connection = EdgeConnection.of(socket);
    // Behind an unanswered request it would be answered out of order.
    if (connection === undefined || connection.isInUse) {
      socket.destroy();
      return;
    }
    connection.isUpgraded = true;
    const leave = this.#admit(connection, incoming);
    if (leave === undefined) {
      refuseUpgrade(socket, TOO_MANY.refuse);
    } else {
      if (leave !== DIRECT) socket.once('close', leave);
      handle();
    }
  }

  /**
   * Counts one more request of a proxy's client.
   * @returns a function that counts it out again; undefined if the client has reached its limit of connections
   */
  #admit(connection: EdgeConnection, incoming: IncomingMessage): (() => void) | undefined {
    const { seeThrough } = this.#options;
    if (seeThrough(connection.peer, undefined) === undefined) return DIRECT;
    const forwarded = incoming.headers['x-forwarded-for'];
    const client = seeThrough(connection.peer, [forwarded].flat().join(', ')) ?? connection.peer;
    connection.account = client;
    return this.connections.hasPlaceFor(client) ? this.connections.enter(client) : undefined;
  }
}

const DIRECT = (): void => undefined;
const TOO_MANY = refusal(429, 'limit', 'this address has reached its limit of connections', RETRY_SECONDS);

function tooMany(outgoing: ServerResponse): void {
  const text = JSON.stringify(TOO_MANY.refuse.body);
  outgoing.writeHead(429, {
    ...TOO_MANY.refuse.headers,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  });
  outgoing.end(text);
}

/** Whose turn a request takes; whether they are valid is not known yet. */
function credentialsOf({ headers }: IncomingMessage): string {
  return String(headers['x-auth-token'] ?? headers.authorization ?? '');
}

function isTls(server: Server | TlsServer): server is TlsServer {
  return 'setSecureContext' in server;
}

function endsOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
}
