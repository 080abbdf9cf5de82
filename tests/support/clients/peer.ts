import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { within } from '../within.ts';

/** A WebSocket client that keeps its frames until a test asks for them. */
export class Peer {
  readonly ws: WebSocket;
  readonly messages: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Status and body, if the handshake was refused. */
  readonly refused: Promise<{
    status: number;
    headers: Record<string, string | string[] | undefined>;
    body: string;
  }>;
  #taken = 0;
  #wake: () => void = () => undefined;

  constructor(
    url: string,
    options: { protocols?: string[]; headers?: Record<string, string>; skipUTF8Validation?: boolean } = {},
  ) {
    this.ws = new WebSocket(url.replace(/^http/, 'ws'), options.protocols ?? [], {
      headers: options.headers ?? {},
      perMessageDeflate: false,
      rejectUnauthorized: false,
    });
    this.ws.on('message', (data) => {
      this.messages.push(data.toString());
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.refused = new Promise((resolve) => {
      this.ws.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      });
    });
    this.ws.on('error', () => undefined);
  }

  async open(): Promise<this> {
    if (this.ws.readyState === WebSocket.CONNECTING) {
      await within(
        'the handshake',
        new Promise<void>((resolve, reject) => {
          this.ws.once('open', () => resolve());
          this.ws.once('error', reject);
        }),
      );
    }
    return this;
  }

  /** The next message, in order. */
  async next(): Promise<string> {
    while (this.#taken >= this.messages.length) {
      await within(
        `message ${this.#taken + 1}; so far: ${this.messages.slice(-3).join(' ').slice(0, 500)}`,
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
    return this.messages[this.#taken++] as string;
  }

  /** Stops reading from the network: frames from the server stay in its buffers. */
  stopReading(): void {
    this.wire.pause();
  }

  resumeReading(): void {
    this.wire.resume();
  }

  get wire(): Duplex {
    return (this.ws as unknown as { _socket: Duplex })._socket;
  }
}
