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
import { type CutReason, UnsentAnswers, type UnsentLimits } from './unsent-answers.ts';

export interface EdgeLimits {
  readonly connections: ConnectionLimits;
  readonly unsent: UnsentLimits;
}

/** What the edge says happened, for those who count. None of them may throw. */
export interface EdgeEvents {
  answerCut?(why: CutReason): void;
  turnedAway?(why: RefusedConnection): void;
  evicted?(): void;
}

/**
 * The client's address if the peer is a proxy that may speak for others; undefined if it is not.
 * @param forwarded what `X-Forwarded-For` says
 */
export type SeeThrough = (peer: string | undefined, forwarded: string | undefined) => string | undefined;

export interface GuardOptions {
  readonly limits: EdgeLimits;
  readonly events: EdgeEvents;
  readonly seeThrough: SeeThrough;
  /** Milliseconds in which the kernel must take something of what is written to a connection. */
  readonly stall: number;
}

/** Often enough that a stalled connection is cut in time, and seldom enough that idle ones cost nothing. */
const LOOKS = 6;
const RETRY_SECONDS = 5;

export class Guard {
  readonly connections: Connections;
  readonly unsent: UnsentAnswers;
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

  /** To be given to the server that is made. */
  get responses(): typeof ServerResponse {
    return pacedResponse(this.unsent);
  }

  /** Takes in the connections of this server from now on, and ends those that stall. */
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
      // What the kernel took while we stood still is known in this turn.
      setImmediate(() => this.look(passed));
    }, stall / LOOKS);
    timer.unref();
    server.once('close', () => clearInterval(timer));
  }

  /** Ends connections that stall. @param passed since the last look: where it is much more than it should be, we stood still */
  look(passed: Duration): void {
    const { stall } = this.#options;
    if (passed > (2 * stall) / LOOKS) this.connections.excuse();
    else for (const one of this.connections.stalled(stall)) this.unsent.cut(one, 'stalled');
  }

  /** Requests of one connection one after the other, those of one client of a proxy as many as it may have. */
  inTurn(listener: RequestListener): RequestListener {
    return (incoming, outgoing) => {
      const connection = EdgeConnection.of(incoming.socket);
      if (connection === undefined) {
        // Its connection was turned away while this request was read.
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
        if (leave !== undefined) listener(incoming, outgoing);
      });
    };
  }

  /** A request that asks for a WebSocket: the last of its connection. */
  upgrade(incoming: IncomingMessage, handle: () => void): void {
    const { socket } = incoming;
    const connection = EdgeConnection.of(socket);
    // Behind a request that is not answered yet it would be answered out of turn.
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

  /** @returns how the client leaves again; undefined if it has all the connections it may have */
  #admit(connection: EdgeConnection, incoming: IncomingMessage): (() => void) | undefined {
    const { seeThrough } = this.#options;
    if (seeThrough(connection.peer, undefined) === undefined) return DIRECT;
    const forwarded = incoming.headers['x-forwarded-for'];
    const client = seeThrough(connection.peer, [forwarded].flat().join(', ')) ?? connection.peer;
    connection.account = client;
    return this.connections.hasRoomFor(client) ? this.connections.enter(client) : undefined;
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

function isTls(server: Server | TlsServer): server is TlsServer {
  return 'setSecureContext' in server;
}

function endsOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
}
