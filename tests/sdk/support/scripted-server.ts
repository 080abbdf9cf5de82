import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Downstream } from '../../../client-sdk/protocol/downstream.ts';
import type { UpstreamFrame } from '../../../client-sdk/protocol/upstream.ts';
import { SUBPROTOCOL } from '../../../client-sdk/protocol/version.ts';
import { within } from '../../support/within.ts';
import { welcome } from './frames.ts';

type Frame<T extends UpstreamFrame['type']> = Extract<UpstreamFrame, { type: T }>;

/** One client's connection, in the hand of the test. */
export class Peer {
  readonly protocols: readonly string[];
  readonly #socket: WebSocket;
  readonly #frames: UpstreamFrame[] = [];
  readonly #closed: Promise<number>;
  #wake: () => void = () => {};

  constructor(socket: WebSocket, protocols: string) {
    this.#socket = socket;
    this.protocols = protocols.split(/, */);
    socket.on('message', (data) => {
      this.#frames.push(JSON.parse(String(data)));
      this.#wake();
    });
    this.#closed = new Promise((resolve) => socket.on('close', resolve));
  }

  /** The next frame of this type; others before it are passed over. */
  async frame<T extends UpstreamFrame['type']>(type: T): Promise<Frame<T>> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame?.type === type) return frame as Frame<T>;
      if (frame === undefined) {
        await within(
          `"${type}" of the client`,
          new Promise<void>((resolve) => {
            this.#wake = resolve;
          }),
        );
      }
    }
  }

  /** The code the client closed with. */
  get closed(): Promise<number> {
    return within('the close of the client', this.#closed);
  }

  send(...frames: (Downstream | string | Buffer | object)[]): void {
    for (const frame of frames) {
      this.#socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
    }
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason);
  }

  /** As if the cable were pulled. */
  cut(): void {
    this.#socket.terminate();
  }

  /** Takes `hello`, answers `welcome`, and waits for the subscription. */
  async greet(healthIntervalMs = 60_000): Promise<Frame<'subscribe'>> {
    await this.frame('hello');
    this.send(welcome(healthIntervalMs));
    return this.frame('subscribe');
  }
}

/** A server that does nothing by itself: a test takes each connection as it comes and plays the other side. */
export class ScriptedServer implements AsyncDisposable {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #peers: Peer[] = [];
  #wake: () => void = () => {};
  /** Takes connections instead of `peer()`. */
  onPeer: ((peer: Peer) => void) | undefined;
  /** Answers what is not a WebSocket. */
  onRequest: (path: string, response: ServerResponse) => void = (_, response) =>
    response.writeHead(404).end();

  private constructor() {
    this.#http = createServer((request, response) => this.onRequest(request.url ?? '/', response));
    this.#sockets = new WebSocketServer({ server: this.#http, handleProtocols: () => SUBPROTOCOL });
    this.#sockets.on('connection', (socket, request) => {
      const peer = new Peer(socket, request.headers['sec-websocket-protocol'] ?? '');
      if (this.onPeer) return this.onPeer(peer);
      this.#peers.push(peer);
      this.#wake();
    });
  }

  static async open(port = 0): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await new Promise<void>((resolve) => server.#http.listen(port, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** The next connection. */
  async peer(): Promise<Peer> {
    for (;;) {
      const peer = this.#peers.shift();
      if (peer !== undefined) return peer;
      await within(
        'a connection of the client',
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}
