/** Turns an upgrade request into a WebSocket, or answers it like any other request, as its handler decides. */
import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Duration } from '../domain/clock.ts';
import type { Refusal, UpgradeDecision, UpgradeHandler } from '../socket/handshake.ts';
import { peerOf, toRequest } from './connections/peer.ts';
import { listenTo, WsSocket } from './ws-socket.ts';

/** How long a handler may take. The identity service that it calls has its own, shorter limit. */
const DECISION_MS = 15_000;
/**
 * How long a peer may take to answer our close frame. Until then it occupies a descriptor, though no limit counts it.
 */
const CLOSE_MS = 2_000;
/**
 * A message may come in this many pieces, or in as many as make pieces of this size: each piece costs memory besides
 * its bytes.
 */
const PIECES = 1_024;
const PIECE_BYTES = 64;

export interface UpgraderOptions {
  readonly handler: UpgradeHandler;
  /** Bytes of the largest message a peer may send. */
  readonly maxFrame: number;
  /** Called with errors thrown by a handler; the peer only sees an internal error. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds that the handler may take. */
  readonly patience?: Duration;
}

export class Upgrader {
  readonly #options: UpgraderOptions;
  /** Keyed by the options that `ws` fixes for each of its servers. */
  readonly #servers = new Map<string, WebSocketServer>();
  readonly #chosen = new WeakMap<IncomingMessage, string>();

  constructor(options: UpgraderOptions) {
    this.#options = options;
  }

  /** Listener of the server's `upgrade` event. Never throws and never rejects. */
  readonly handle = async (incoming: IncomingMessage, wire: Duplex, head: Buffer): Promise<void> => {
    const gone = () => wire.destroy();
    wire.on('error', gone);
    const overdue = setTimeout(gone, this.#options.patience ?? DECISION_MS);
    const decision = await this.#decide(incoming);
    clearTimeout(overdue);
    if (wire.destroyed) return;
    try {
      if ('refuse' in decision) refuseUpgrade(wire, decision.refuse);
      else this.#accept(incoming, wire, head, decision);
    } catch (error) {
      this.#options.onError(error);
      wire.destroy();
    }
  };

  /** Ends every remaining connection without a close frame. */
  terminate(): void {
    for (const server of this.#servers.values()) {
      for (const client of server.clients) client.terminate();
    }
  }

  async #decide(incoming: IncomingMessage): Promise<UpgradeDecision> {
    const request = toRequest(incoming);
    if (request === undefined) return INVALID;
    try {
      return await this.#options.handler(request, peerOf(incoming));
    } catch (error) {
      this.#options.onError(error);
      return INTERNAL;
    }
  }

  #accept(
    incoming: IncomingMessage,
    wire: Duplex,
    head: Buffer,
    decision: Exclude<UpgradeDecision, Refusal>,
  ): void {
    if (decision.subprotocol !== undefined) this.#chosen.set(incoming, decision.subprotocol);
    const server = this.#serverFor(decision.maxFrame ?? this.#options.maxFrame, decision.inTurn ?? false);
    server.handleUpgrade(incoming, wire, head, (ws) => {
      listenTo(ws, decision.open(new WsSocket(ws, wire)), wire);
    });
  }

  #serverFor(maxPayload: number, inTurn: boolean): WebSocketServer {
    const key = `${maxPayload} ${inTurn}`;
    const known = this.#servers.get(key);
    if (known !== undefined) return known;
    const pieces = Math.max(PIECES, Math.ceil(maxPayload / PIECE_BYTES));
    const server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload,
      maxFragments: pieces,
      maxBufferedChunks: pieces,
      allowSynchronousEvents: !inTurn,
      clientTracking: true,
      handleProtocols: (_offered, incoming) => this.#chosen.get(incoming) ?? false,
      // Missing in the types.
      ...{ closeTimeout: CLOSE_MS },
    });
    this.#servers.set(key, server);
    return server;
  }
}

const INVALID: Refusal = {
  refuse: {
    status: 400,
    body: { error: { code: 'invalid', message: 'the request line or Host is not valid' } },
  },
};

const INTERNAL: Refusal = {
  refuse: { status: 500, body: { error: { code: 'internal', message: 'internal error' } } },
};

/** Writes an ordinary answer to a connection that the runtime has released. */
export function refuseUpgrade(wire: Duplex, { status, body, headers }: Refusal['refuse']): void {
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  wire.once('finish', () => wire.destroy());
  wire.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}
