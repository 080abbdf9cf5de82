import { retryAfter } from '../../protocol/close-numbers.ts';
import { SUBPROTOCOL } from '../../protocol/version.ts';
import { messageOf } from '../errors.ts';
import type { SetTimer } from '../support/timeout.ts';

/** The parts of a WebSocket that the client needs: the platform's, or `ws`. */
export interface WebSocketLike {
  readonly readyState: number;
  /** The subprotocol that the server chose. Close codes count only with one of hostbeat's. */
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
  /** Called once, as the last call. `code` is 1006 if there was none. */
  onClosed(code: number, reason: string): void;
}

/** One connection, over any transport. */
export interface Transport {
  /** @returns false if it was not sent: the next connection repeats what matters */
  send(frame: object): boolean;
  /** Calls no handler any more. Resolves when the peer has confirmed the close, or will not. */
  giveUp(code: number): Promise<void>;
}

const OPEN = 1;
const CLOSED = 3;
/** Milliseconds to wait for the end of a closing handshake. */
const LINGER_MS = 1_000;

/** One WebSocket. It either delivers, or is abandoned: a dead peer answers no closing handshake. */
export class Socket implements Transport {
  readonly #webSocket: WebSocketLike;
  readonly #gone: Promise<void>;
  readonly #setTimer: SetTimer;
  #handlers: SocketHandlers | undefined;

  /** @throws the platform's error for a URL or subprotocol that it refuses */
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
      // A close always follows. Without a listener some platforms turn an error into an uncaught exception.
      webSocket.onerror = (event: { message?: string; error?: Error }) => {
        why = event.error?.message ? messageOf(event.error) : (event.message ?? '');
      };
      webSocket.onclose = (event: { code?: number; reason?: string }) => {
        const last = this.#handlers;
        this.#handlers = undefined;
        resolve();
        // Some platforms report 0 if no close frame came.
        const code = event.code || 1006;
        const reason = event.reason || why;
        // Another WebSocket server at this URL cannot refuse in hostbeat's name.
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
