import { BAD_FRAME, NO_PONG, NORMAL, type Retry, retryAfter } from '../../protocol/close-numbers.ts';
import type { Downstream, ErrorFrame, Health, Welcome } from '../../protocol/downstream.ts';
import type { StreamKind, UpstreamFrame } from '../../protocol/upstream.ts';
import { BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from '../../protocol/version.ts';
import {
  errorOfClose,
  ForbiddenError,
  HostbeatError,
  ServerError,
  SilenceError,
  type TokenProviderError,
} from '../errors.ts';
import { type NodeOptions, OPEN_TIMEOUT_MS, streamUrl } from '../options.ts';
import type { Delivery } from '../stream-types.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { type SetTimer, Timeout } from '../support/timeout.ts';
import { CLIENT_VERSION } from '../version.ts';
import { readFrame } from './frame.ts';
import { Socket, type SocketHandlers, type Transport, type WebSocketConstructor } from './socket.ts';
import { askToken } from './token.ts';

/** The same id in every client, so that the server encodes a change once for all of them. */
const SUBSCRIPTION_ID = 'main';
/** The server's id for a subscription that a URL asks for. */
const EVENTS_ID = 'stream';
/** After this many health intervals without a frame the connection is dead, whatever TCP says. */
const SILENT_AFTER = 2.5;
/** Milliseconds that the answer to a ping may take. */
const PROBE_MS = 5_000;

/** Opens Server-Sent Events, or long polls, instead of a WebSocket, from a cursor. */
export type OpenEvents = (cursor: string | undefined, handlers: SocketHandlers) => Transport;

/** The events of a connection, in the order of the wire. */
export interface ConnectionListener<K extends StreamKind> {
  onOpen(): void;
  onWelcome(welcome: Welcome): void;
  onDeliveries(deliveries: readonly Delivery<K>[]): void;
  onSynced(): void;
  onHealth(health: Health): void;
  onDrain(reconnectInMs: readonly [number, number]): void;
  /** An error that does not end the connection. */
  onTrouble(error: HostbeatError): void;
  /** The last call. `retry` says what the client may do next. */
  onEnd(error: HostbeatError, retry: Retry): void;
}

/** One connection: `hello`, `welcome`, `subscribe`, and then the server's frames. */
export class Connection<K extends StreamKind> {
  readonly #options: NodeOptions<K>;
  readonly #token: string;
  readonly #subscription: Subscription<K>;
  readonly #listener: ConnectionListener<K>;
  readonly #socket: Transport;
  readonly #id: string;
  readonly #setTimer: SetTimer;
  readonly #silence: Timeout;
  #healthIntervalMs: number | undefined;
  #synced = false;
  #ended = false;

  /** @throws the platform's error for a URL or a subprotocol that it refuses */
  constructor(
    options: NodeOptions<K>,
    token: string,
    subscription: Subscription<K>,
    listener: ConnectionListener<K>,
    setTimer: SetTimer,
    openEvents?: OpenEvents,
  ) {
    this.#options = options;
    this.#token = token;
    this.#subscription = subscription;
    this.#listener = listener;
    this.#setTimer = setTimer;
    this.#silence = new Timeout(setTimer);
    this.#id = openEvents ? EVENTS_ID : SUBSCRIPTION_ID;
    const WebSocket = options.WebSocket ?? (globalThis.WebSocket as unknown as WebSocketConstructor);
    const handlers = {
      onOpen: () => this.#onOpen(),
      onFrame: (data: unknown) => this.#onFrame(data),
      onClosed: (code: number, reason: string) => this.#end(errorOfClose(code, reason), retryAfter(code)),
    };
    this.#socket = openEvents
      ? openEvents(subscription.cursor, handlers)
      : new Socket(WebSocket, streamUrl(options.url), this.#protocols(), handlers, setTimer);
    this.#expectWithin(options.openTimeoutMs ?? OPEN_TIMEOUT_MS, 'no welcome');
  }

  /** Only once `synced`: before, the server does not know the subscription. */
  acknowledge(cursor: string): void {
    this.#send({ type: 'ack', id: this.#id, cursor });
  }

  /**
   * Sends a ping, and counts the connection as dead if no answer comes soon. Before `welcome` an answer is awaited
   * anyway.
   */
  probe(): void {
    if (this.#ended || this.#healthIntervalMs === undefined) return;
    // SSE cannot send a ping: the next health frame is awaited as usual.
    if (this.#send({ type: 'ping' })) this.#expectWithin(PROBE_MS, 'no answer');
  }

  /** Emits nothing more. Resolves when the peer has confirmed the close, or will not. */
  giveUp(code: number): Promise<void> {
    this.#ended = true;
    this.#silence.clear();
    return this.#socket.giveUp(code);
  }

  #protocols(): string[] {
    const { tokenIn } = this.#options;
    if (tokenIn === 'bearer') return [SUBPROTOCOL, BEARER_SUBPROTOCOL_PREFIX + base64url(this.#token)];
    if (tokenIn === 'ticket') return [SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX + this.#token];
    return [SUBPROTOCOL];
  }

  #onOpen(): void {
    this.#listener.onOpen();
    const client = this.#options.clientName ?? `hostbeat-client/${CLIENT_VERSION}`;
    const inHello = (this.#options.tokenIn ?? 'hello') === 'hello';
    this.#send({ type: 'hello', client, ...(inHello ? { token: this.#token } : {}) });
  }

  #onFrame(data: unknown): void {
    this.#heard();
    try {
      const frame = readFrame(data);
      if (frame !== undefined) this.#answer(frame);
    } catch (error) {
      if (!(error instanceof HostbeatError)) throw error;
      this.#fail(error, BAD_FRAME);
    }
  }

  /** @throws HostbeatError when this connection is useless but a new one may work */
  #answer(frame: Downstream): void {
    // Frames of other subscriptions are ignored; a frame without an id concerns every subscription.
    if ('id' in frame && frame.id !== this.#id) return;
    switch (frame.type) {
      case 'welcome':
        this.#onWelcome(frame);
        break;
      case 'snapshot':
        this.#subscription.onSnapshot(frame);
        break;
      case 'event':
        this.#hand(this.#subscription.onEvent(frame));
        break;
      case 'synced':
        this.#synced = true;
        this.#hand(this.#subscription.onSynced(frame));
        if (!this.#ended) this.#listener.onSynced();
        break;
      case 'health':
        this.#onHealth(frame);
        break;
      case 'unsubscribed':
        void this.giveUp(NORMAL);
        this.#listener.onEnd(new ForbiddenError(frame.reason ?? 'unsubscribed'), 'stop');
        break;
      case 'auth_expiring':
        void this.#refreshToken();
        break;
      case 'drain':
        this.#listener.onDrain(frame.reconnect_in_ms);
        break;
      case 'error':
        this.#onError(frame);
        break;
    }
  }

  #onWelcome(frame: Welcome): void {
    this.#healthIntervalMs = frame.health_interval_ms;
    this.#heard();
    this.#listener.onWelcome(frame);
    this.#subscription.onConnected();
    this.#send(this.#subscribe());
  }

  #subscribe(): UpstreamFrame {
    const { stream, projectId, servers, hostStatus } = this.#options;
    // JSON leaves out undefined values.
    return {
      type: 'subscribe',
      id: this.#id,
      stream: stream ?? 'project',
      project_id: projectId,
      servers: servers && [...servers],
      host_status: hostStatus && [...hostStatus],
      cursor: this.#subscription.cursor,
    };
  }

  #onHealth(frame: Health): void {
    this.#listener.onHealth(frame);
    const own = frame.subscriptions.find(({ id }) => id === this.#id);
    if (own !== undefined && this.#synced) this.#hand(this.#subscription.onHealth(own.cursor));
  }

  #onError(frame: ErrorFrame): void {
    const error = new ServerError(frame.code, frame.message);
    // Before `synced` the subscription failed. Afterwards a close follows, or nothing was lost.
    if (frame.id === this.#id && !this.#synced) throw error;
    this.#listener.onTrouble(error);
  }

  async #refreshToken(): Promise<void> {
    const { token, tokenIn, openTimeoutMs = OPEN_TIMEOUT_MS } = this.#options;
    // A fixed token has no successor, a ticket only opens connections, and SSE cannot send `auth`: the close 4103 will come.
    if (typeof token === 'string' || tokenIn === 'ticket') return;
    try {
      this.#send({ type: 'auth', token: await askToken(token, openTimeoutMs, this.#setTimer) });
    } catch (error) {
      if (!this.#ended) this.#listener.onTrouble(error as TokenProviderError);
    }
  }

  #hand(deliveries: readonly Delivery<K>[]): void {
    if (deliveries.length > 0 && !this.#ended) this.#listener.onDeliveries(deliveries);
  }

  #send(frame: UpstreamFrame): boolean {
    return !this.#ended && this.#socket.send(frame);
  }

  #heard(): void {
    if (this.#healthIntervalMs !== undefined) {
      this.#expectWithin(this.#healthIntervalMs * SILENT_AFTER, 'no frame');
    }
  }

  #expectWithin(ms: number, what: string): void {
    this.#silence.arm(ms, () => this.#fail(new SilenceError(what, ms), NO_PONG));
  }

  #fail(error: HostbeatError, code: number): void {
    void this.giveUp(code);
    this.#listener.onEnd(error, 'resume');
  }

  #end(error: HostbeatError, retry: Retry): void {
    this.#ended = true;
    this.#silence.clear();
    this.#listener.onEnd(error, retry);
  }
}

function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
