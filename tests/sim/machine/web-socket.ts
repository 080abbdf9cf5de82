/** WebSockets over the simulated network: the server's side as the hub's port, the client's as the platform's class. */

import type { UpgradeDecision, UpgradeHandler } from '../../../server/socket/handshake.ts';
import type { Prepare, Prepared, SharedText, Socket, SocketEvents } from '../../../server/socket/socket.ts';
import { textOf } from '../../support/clients/shared-text.ts';
import type { Agenda } from './agenda.ts';
import { Connection, type Network } from './network.ts';
import type { SimProcess } from './process.ts';

/** What a closing handshake may take before the connection is ended without it. */
const CLOSE_TIMEOUT = 2_000;

class Text implements Prepared {
  readonly texts: readonly string[];

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }

  get bytes(): number {
    return this.texts.join('').length;
  }
}

export const prepare: Prepare = (...texts) => new Text(texts);

/** The server that accepts connections, if one runs. */
export interface Listening {
  readonly process: SimProcess;
  doorOf(path: string): UpgradeHandler | undefined;
}

export interface Surroundings {
  readonly agenda: Agenda;
  readonly network: Network;
  readonly listening: () => Listening | undefined;
}

/** What is seen of one client's socket from outside. */
export interface Tap {
  /** Before anything is sent. */
  opened?(connection: Connection): void;
  sent?(text: string): void;
  /** As the client's process reads it. */
  received?(text: string): void;
  /** The server's kernel has it. */
  arrived?(text: string): void;
  /** The server's side is over, by whatever cause. */
  serverEnded?(): void;
  closed?(): void;
}

/** Notices and answers are few, and go also to one who is about to be closed. */
const SMALL = 1_024;

/** The most that ever waited for a reader when an event or something large was added to it: G8. */
export interface Backlog {
  largest: number;
}

class ServerSocket implements Socket {
  readonly #connection: Connection;
  readonly #client: ClientSocket;
  readonly #backlog: Backlog;
  #closing = false;

  constructor(connection: Connection, client: ClientSocket, backlog: Backlog) {
    this.#connection = connection;
    this.#client = client;
    this.#backlog = backlog;
  }

  send(text: string): void {
    this.#hand(text, text.length > SMALL);
  }

  sendShared(text: SharedText): void {
    this.send(textOf(text));
  }

  write(frame: Prepared): void {
    // They are handed over in one piece.
    for (const [n, text] of frame.texts.entries()) this.#hand(text, n === 0);
  }

  #hand(text: string, isHeldToBound: boolean): void {
    if (this.#closing || this.#connection.isOver(this.#connection.server)) return;
    const { down } = this.#connection;
    if (isHeldToBound) this.#backlog.largest = Math.max(this.#backlog.largest, down.buffered);
    down.send(text.length, () => this.#client.frame(text));
  }

  get bufferedAmount(): number {
    return this.#connection.down.buffered;
  }

  drained(then: () => void): void {
    const { down, server } = this.#connection;
    if (this.#connection.isOver(server)) server.process.soon(then);
    else down.drained(then);
  }

  ping(and?: Prepared): void {
    this.#connection.down.send(2, () => this.#client.pinged());
    if (and !== undefined) this.write(and);
  }

  close(code: number, _reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    const { server } = this.#connection;
    this.#connection.tellEnd(this.#connection.client, code);
    server.process.setTimer(() => this.#connection.end(server, 1006), CLOSE_TIMEOUT);
  }

  terminate(): void {
    const { server, client } = this.#connection;
    this.#closing = true;
    this.#connection.tellEnd(client, 1006);
    server.process.soon(() => this.#connection.end(server, 1006));
  }
}

export interface SocketClassOptions extends Surroundings {
  readonly process: SimProcess;
  readonly backlog: Backlog;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tap: () => Tap;
  /** Is the way out of this client open now? */
  readonly reachable: () => boolean;
}

/** What the platform's WebSocket is to a client, for one simulated process. */
export function socketClass(options: SocketClassOptions) {
  return class extends ClientSocket {
    constructor(url: string, protocols: string[]) {
      super(options, url, protocols);
    }
  };
}

export class ClientSocket {
  readyState = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly #options: SocketClassOptions;
  readonly #tap: Tap;
  #connection: Connection | undefined;
  #events: SocketEvents | undefined;

  constructor(options: SocketClassOptions, url: string, protocols: string[]) {
    this.#options = options;
    this.#tap = options.tap();
    const path = new URL(url).pathname;
    const { network, process } = options;
    if (!options.reachable()) return;
    network.later(() => {
      const server = options.listening();
      if (server === undefined) network.later(() => process.deliver(this, () => this.#closed(1006)));
      else if (process.alive) this.#connect(server, path, protocols);
    });
  }

  send(text: string): void {
    if (this.readyState !== 1) return;
    this.#tap.sent?.(text);
    this.#connection?.up.send(
      text.length,
      () => this.#events?.message(text),
      () => this.#tap.arrived?.(text),
    );
  }

  close(code = 1000): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    const connection = this.#connection;
    if (connection === undefined) {
      this.#options.process.soon(() => this.#closed(1006));
      return;
    }
    connection.tellEnd(connection.server, code);
    this.#options.process.setTimer(() => connection.end(connection.client, 1006), CLOSE_TIMEOUT);
  }

  /** As the close of an agent that dies: the kernel's FIN, and no word. */
  drop(): void {
    this.#connection?.reset();
  }

  /** Nothing comes through any more in either direction, and neither end learns it. */
  cut(): void {
    this.#connection?.cut();
  }

  frame(text: string): void {
    if (this.readyState !== 1) return;
    this.#tap.received?.(text);
    this.onmessage?.({ data: text } as never);
  }

  /** The platform answers by itself. */
  pinged(): void {
    this.#connection?.up.send(2, () => this.#events?.pong());
  }

  #connect(server: Listening, path: string, protocols: readonly string[]): void {
    const { agenda, network, process } = this.#options;
    const ends = {
      client: { process, closed: (code: number) => this.#closed(code) },
      server: { process: server.process, closed: (code: number) => this.#serverClosed(code) },
    };
    const connection = new Connection(ends.client, ends.server, network, agenda);
    this.#connection = connection;
    this.#tap.opened?.(connection);
    const upgrade = () => {
      const headers = {
        upgrade: 'websocket',
        'sec-websocket-protocol': protocols.join(', '),
        ...this.#options.headers,
      };
      const request = new Request(`http://hostbeat.test${path}`, { headers });
      const upgrade = server.doorOf(path);
      if (upgrade === undefined) connection.tellEnd(connection.client, 1006);
      else void upgrade(request, '192.0.2.1').then((decision) => this.#decided(connection, decision));
    };
    server.process.accept(() => server.process.deliver(connection.up, upgrade));
  }

  #decided(connection: Connection, decision: UpgradeDecision): void {
    if (connection.isOver(connection.server)) return;
    if ('refuse' in decision) {
      connection.tellEnd(connection.client, 1006);
      connection.end(connection.server, 1006);
      return;
    }
    connection.down.send(0, () => {
      if (this.readyState !== 0) return;
      this.readyState = 1;
      this.onopen?.({} as never);
    });
    this.#events = decision.open(new ServerSocket(connection, this, this.#options.backlog));
  }

  #closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    const connection = this.#connection;
    // The answer to a close frame.
    if (connection !== undefined) connection.tellEnd(connection.server, code);
    this.#tap.closed?.();
    this.onclose?.({ code, reason: '' } as never);
  }

  #serverClosed(code: number): void {
    const connection = this.#connection as Connection;
    connection.tellEnd(connection.client, code);
    this.#tap.serverEnded?.();
    this.#events?.closed(code);
  }
}
