/** The scripted server's sockets: it does nothing by itself; every arrival waits until the scenario answers it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Json } from './scenario.ts';

export interface ScriptedAnswer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

/** One connection that the scenario has accepted. */
export interface ClientLine {
  readonly frames: Json[];
  isOver: boolean;
  send(text: string): void;
  close(code: number, reason: string): void;
  cut(): void;
}

export interface ClientConnection {
  /** The number of the node, from 1. */
  readonly node: number;
  readonly kind: 'websocket' | 'events' | 'poll';
  readonly at: number;
  readonly request: IncomingMessage;
  accept(): ClientLine;
  answer(answer: ScriptedAnswer): void;
}

export class Stage {
  readonly arrivals: ClientConnection[];
  /** An input: a new connection, a frame, or an end. */
  onNews: () => void = () => {};
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'hostbeat.v1' });
  readonly #open = new Set<Duplex>();
  readonly #node: number;
  #tickets = 0;

  private constructor(node: number, arrivals: ClientConnection[]) {
    this.#node = node;
    this.arrivals = arrivals;
    this.#http = createServer((request, response) => this.#request(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on('connection', (socket) => {
      this.#open.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#open.delete(socket));
    });
  }

  /** @param arrivals shared by all nodes of a scenario */
  static async open(node = 1, arrivals: ClientConnection[] = []): Promise<Stage> {
    const stage = new Stage(node, arrivals);
    await new Promise<void>((resolve) => stage.#http.listen(0, '127.0.0.1', resolve));
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#http.close();
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?')[0];
    const answer = ({ status, type = 'application/json', body }: ScriptedAnswer) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    if (path === '/v1/tickets') answer({ status: 201, body: `{"ticket":"ticket-${++this.#tickets}"}` });
    else if (path === '/healthz') answer({ status: 200, body: '{}' });
    else if (path === '/v1/events') this.#arrive('events', request, () => this.#eventLine(response), answer);
    else if (path === '/v1/changes') {
      this.#arrive('poll', request, () => this.#eventLine(response), answer);
    } else answer({ status: 404, body: '{"error":{"code":"not_found","message":"no such path"}}' });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const accept = () => {
      const line = lineOf(() => this.onNews());
      this.#sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
        line.send = (text) => webSocket.send(text);
        line.close = (code, reason) => webSocket.close(code, reason);
        line.cut = () => webSocket.terminate();
        webSocket.on('message', (data) => {
          line.frames.push(JSON.parse(String(data)));
          this.onNews();
        });
        webSocket.on('close', () => line.end());
        webSocket.on('error', () => undefined);
      });
      return line;
    };
    const answer = ({ status, type = 'application/json', body }: ScriptedAnswer) =>
      socket.end(
        `HTTP/1.1 ${status} X\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    this.#arrive('websocket', request, accept, answer);
  }

  #eventLine(response: ServerResponse): ClientLine {
    const line = lineOf(() => this.onNews());
    response.on('close', () => line.end());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    line.send = (text) => response.write(text);
    line.cut = () => response.destroy();
    line.close = line.cut;
    return line;
  }

  #arrive(
    kind: ClientConnection['kind'],
    request: IncomingMessage,
    accept: () => ClientLine,
    answer: (answer: ScriptedAnswer) => void,
  ): void {
    this.arrivals.push({ node: this.#node, kind, at: performance.now(), request, accept, answer });
    this.onNews();
  }
}

function lineOf(onNews: () => void): ClientLine & { end(): void } {
  return {
    frames: [],
    isOver: false,
    send: () => undefined,
    close: () => undefined,
    cut: () => undefined,
    end() {
      this.isOver = true;
      onNews();
    },
  };
}
