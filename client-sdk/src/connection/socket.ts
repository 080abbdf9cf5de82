import { retryAfter } from '../../protocol/close-numbers.ts';
import { SUBPROTOCOL } from '../../protocol/version.ts';
import { messageOf } from '../errors.ts';
import type { SetTimer } from '../support/timeout.ts';

/** What the client needs of a WebSocket: the platform's own, or `ws`. */
export interface WebSocketLike {
  readonly readyState: number;
  /** What the server chose; a close of ours comes only over ours. */
  readonly protocol?: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

export interface SocketHandlers {
  onOpen(): void;
  onFrame(data: unknown): void;
  /** Once, and the last call. `code` is 1006 where there was none. */
  onClosed(code: number, reason: string): void;
}

/** One connection's way, whatever carries it. */
export interface Transport {
  /** @returns false if it was not sent: what matters is asked for again on the next connection */
  send(frame: object): boolean;
  /** No handler is called any more. Resolves when the peer has taken note, or is not going to. */
  giveUp(code: number): Promise<void>;
}

const OPEN = 1;
const CLOSED = 3;
/** How long a closing handshake may take before its end is no longer waited for. */
const LINGER_MS = 1_000;

/** One connection. It is either heard, or given up for good: a dead peer answers no closing handshake. */
export class Socket implements Transport {
  readonly #webSocket: WebSocketLike;
  readonly #gone: Promise<void>;
  readonly #setTimer: SetTimer;
  #handlers: SocketHandlers | undefined;

  /** @throws what the platform throws for an address or subprotocol it does not like */
  constructor(
    WebSocket: WebSocketConstructor,
    url: string,
    protocols: string[],
    handlers: SocketHandlers,
    setTimer: SetTimer,
  ) {
    this.#handlers = handlers;
    this.#setTimer = setTimer;
    const webSocket = new WebSocket(url, protocols);
    this.#webSocket = webSocket;
    this.#gone = new Promise((resolve) => {
      webSocket.onopen = () => this.#handlers?.onOpen();
      webSocket.onmessage = (event: { data: unknown }) => this.#handlers?.onFrame(event.data);
      let why = '';
      // A close always follows; without a listener some platforms make an error an uncaught exception.
      webSocket.onerror = (event: { message?: string; error?: Error }) => {
        why = event.error?.message ? messageOf(event.error) : (event.message ?? '');
      };
      webSocket.onclose = (event: { code?: number; reason?: string }) => {
        const last = this.#handlers;
        this.#handlers = undefined;
        resolve();
        // Some platforms say 0 where no close frame came.
        const code = event.code || 1006;
        const reason = event.reason || why;
        // Whatever else speaks WebSocket here cannot refuse in the server's name.
        if (retryAfter(code) === 'stop' && (webSocket.protocol ?? SUBPROTOCOL) !== SUBPROTOCOL) {
          last?.onClosed(1006, `${code} ${reason}, and not from hostbeat`);
        } else last?.onClosed(code, reason);
      };
    });
  }

  send(frame: object): boolean {
    const isOpen = this.#webSocket.readyState === OPEN;
    if (isOpen) this.#webSocket.send(JSON.stringify(frame));
    return isOpen;
  }

  async giveUp(code: number): Promise<void> {
    this.#handlers = undefined;
    if (this.#webSocket.readyState === CLOSED) return;
    this.#webSocket.close(code);
    let cancel = () => {};
    const lingered = new Promise<void>((resolve) => {
      cancel = this.#setTimer(resolve, LINGER_MS);
    });
    await Promise.race([this.#gone, lingered]);
    cancel();
  }
}
