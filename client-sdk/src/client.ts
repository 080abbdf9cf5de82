import { CLOSE, type CloseCode, retryAfter } from '../protocol/close-codes.ts';
import type { Downstream, ErrorFrame, Health, Welcome } from '../protocol/downstream.ts';
import type { StreamKind, UpstreamFrame } from '../protocol/upstream.ts';
import { BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from '../protocol/version.ts';
import { type ConnectionState, next, type StateEvent } from './connection-state.ts';
import { CursorKeeper } from './cursor-keeper.ts';
import { Emitter } from './emitter.ts';
import {
  ClosedError,
  ConnectionLostError,
  errorOfClose,
  ForbiddenError,
  HostbeatError,
  messageOf,
  ServerError,
  SilenceError,
  TokenProviderError,
} from './errors.ts';
import { readFrame } from './frame.ts';
import { type ClientOptions, streamUrl } from './options.ts';
import { ReconnectPolicy } from './reconnect-policy.ts';
import { Socket, type WebSocketConstructor } from './socket.ts';
import type { ChangeOf, Delivery, ResetItem, SnapshotItem } from './stream-types.ts';
import { Subscription } from './subscription.ts';
import { realTimer, type SetTimer, Timeout } from './timeout.ts';
import { Tracker, type TrackerState } from './tracker.ts';

/** The same name in every client, so that the server frames a change once for all of them. */
const SUBSCRIPTION_ID = 'main';
/** No frame for so many health intervals: the connection is dead, whatever TCP believes. */
const SILENT_AFTER = 2.5;

export type ClientEvents<K extends StreamKind = 'project'> = {
  state: ConnectionState;
  /** The state at the beginning. */
  snapshot: SnapshotItem<K>;
  /** What was known is replaced; see `ResetItem`. */
  reset: ResetItem<K>;
  /** One commit, whole. */
  event: { readonly seq: number; readonly cursor: string; readonly changes: readonly ChangeOf<K>[] };
  /** Each change of an event. */
  change: ChangeOf<K>;
  health: Health;
  tracker: TrackerState;
  /** Up to here everything was taken by the application. */
  cursor: string;
  /** Told, not thrown. After one whose `shouldRetry()` is false the state is `stopped`. */
  error: HostbeatError;
};

/** Who takes deliveries at his own pace; without one, a delivery is taken when its listeners have returned. */
export interface Consumer<K extends StreamKind> {
  /**
   * @param taken called when the application is done with all of it
   * @returns if it can take no more for now, what resolves when it can again
   */
  accept(delivery: Delivery<K>, taken: () => void): Promise<void> | undefined;
}

/**
 * One subscription, kept alive over as many connections as it needs. Everything the listeners get is in order and
 * once: see `watch.ts` for the guarantee, which is the same here.
 */
export class Client<K extends StreamKind = 'project'> implements AsyncDisposable {
  readonly #options: ClientOptions<K>;
  readonly #url: string;
  readonly #WebSocket: WebSocketConstructor;
  readonly #consumer: Consumer<K> | undefined;
  readonly #emitter = new Emitter<ClientEvents<K>>();
  readonly #subscription: Subscription<K>;
  readonly #policy: ReconnectPolicy;
  readonly #tracker: Tracker;
  readonly #keeper: CursorKeeper | undefined;
  readonly #now: () => number;
  readonly #setTimer: SetTimer;
  readonly #silence: Timeout;
  readonly #synced = Promise.withResolvers<void>();
  readonly #onAbort = () => void this.close();
  #state: ConnectionState = 'idle';
  #socket: Socket | undefined;
  #token = '';
  #welcome: Welcome | undefined;
  #wait = 0;
  #cancelWait: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #cursor: string | undefined;
  #error: HostbeatError | undefined;

  /** @throws UsageError for an option that cannot work */
  constructor(options: ClientOptions<K>, consumer?: Consumer<K>) {
    this.#options = options;
    this.#url = streamUrl(options.url);
    this.#WebSocket = options.WebSocket ?? (globalThis.WebSocket as unknown as WebSocketConstructor);
    this.#consumer = consumer;
    this.#cursor = options.cursor;
    this.#now = options.now ?? (() => performance.now());
    this.#setTimer = options.setTimer ?? realTimer;
    this.#silence = new Timeout(this.#setTimer);
    this.#policy = new ReconnectPolicy(options.random ?? Math.random);
    this.#tracker = new Tracker(this.#setTimer, (state) => this.#emitter.emit('tracker', state));
    this.#subscription = new Subscription((options.stream ?? 'project') as K, {
      filtered: options.servers !== undefined || options.hostStatus !== undefined,
      cursor: options.cursor,
    });
    const keep = options.onCursor;
    if (keep) this.#keeper = new CursorKeeper(keep, (error) => this.#emitter.emit('error', error));
    // Whoever does not ask for it must not be killed by its rejection.
    this.#synced.promise.catch(() => {});
    options.signal?.addEventListener('abort', this.#onAbort);
    // The caller adds his listeners first.
    queueMicrotask(() => (options.signal?.aborted ? this.close() : this.#dispatch('connect')));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** How well hostbeat sees the hosts; `unknown` until the first `health`, and after two are missing. */
  get tracker(): TrackerState {
    return this.#tracker.state;
  }

  /** Everything up to here was taken by the application. To be kept, never read. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** What the server said of itself and us at the last connect. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /** The newest trouble. In the state `stopped`, the reason. */
  get error(): HostbeatError | undefined {
    return this.#error;
  }

  /** Resolves when everything up to now was told for the first time; rejects if the server refuses or on close. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** @returns how to stop listening */
  on<Name extends keyof ClientEvents<K>>(
    name: Name,
    listener: (value: ClientEvents<K>[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  once<Name extends keyof ClientEvents<K>>(
    name: Name,
    listener: (value: ClientEvents<K>[Name]) => void,
  ): () => void {
    return this.#emitter.once(name, listener);
  }

  /** Tries again at once: after `stopped`, when the cause was removed, or while waiting, say when the network is back. */
  retry(): void {
    this.#dispatch('connect');
  }

  /** Resolves when the connection is closed and the last cursor kept. */
  async close(): Promise<void> {
    this.#dispatch('close');
    await this.#closing;
    await this.#keeper?.settled();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #dispatch(event: StateEvent): void {
    const state = next(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#enter(state);
    this.#emitter.emit('state', state);
  }

  #enter(state: ConnectionState): void {
    switch (state) {
      case 'authenticating':
        void this.#fetchToken();
        break;
      case 'connecting':
        this.#open();
        break;
      case 'greeting':
        this.#send(this.#hello());
        break;
      case 'catching-up':
        this.#subscription.onConnected();
        this.#send(this.#subscribe());
        break;
      case 'live':
        this.#policy.onSynced();
        this.#synced.resolve();
        break;
      case 'waiting':
        this.#cancelWait = this.#setTimer(() => this.#dispatch('connect'), this.#wait);
        break;
      case 'paused':
        this.#drop(CLOSE.slowConsumer);
        break;
      case 'stopped':
        this.#synced.reject(this.#error);
        break;
      case 'closed':
        this.#options.signal?.removeEventListener('abort', this.#onAbort);
        this.#closing = this.#drop(CLOSE.normal);
        this.#tracker.close();
        this.#synced.reject(new ClosedError());
        break;
      case 'idle':
        break;
    }
  }

  async #fetchToken(): Promise<void> {
    const { token } = this.#options;
    try {
      this.#token = await (typeof token === 'string' ? token : token());
    } catch (error) {
      this.#lose(new TokenProviderError(error));
      return;
    }
    this.#dispatch('token');
  }

  #open(): void {
    const protocols: string[] = [SUBPROTOCOL];
    const { tokenIn } = this.#options;
    if (tokenIn === 'bearer') protocols.push(BEARER_SUBPROTOCOL_PREFIX + base64url(this.#token));
    if (tokenIn === 'ticket') protocols.push(TICKET_SUBPROTOCOL_PREFIX + this.#token);
    const ms = this.#options.openTimeoutMs ?? 10_000;
    this.#silence.arm(ms, () => this.#lose(new SilenceError('no welcome', ms), CLOSE.noPong));
    try {
      this.#socket = new Socket(this.#WebSocket, this.#url, protocols, {
        onOpen: () => this.#dispatch('open'),
        onFrame: (data) => this.#onFrame(data),
        onClosed: (code, reason) => this.#onClosed(code, reason),
      });
    } catch (error) {
      // Not now: this is still the entering of a state.
      queueMicrotask(() => this.#lose(new ConnectionLostError(1006, messageOf(error))));
    }
  }

  #hello(): UpstreamFrame {
    const client = this.#options.clientName ?? 'hostbeat-client';
    const inHello = (this.#options.tokenIn ?? 'hello') === 'hello';
    return { type: 'hello', client, ...(inHello ? { token: this.#token } : {}) };
  }

  #subscribe(): UpstreamFrame {
    const { stream, projectId, servers, hostStatus } = this.#options;
    const { cursor } = this.#subscription;
    return {
      type: 'subscribe',
      id: SUBSCRIPTION_ID,
      stream: stream ?? 'project',
      ...(projectId === undefined ? {} : { project_id: projectId }),
      ...(servers === undefined ? {} : { servers: [...servers] }),
      ...(hostStatus === undefined ? {} : { host_status: [...hostStatus] }),
      ...(cursor === undefined ? {} : { cursor }),
    };
  }

  #onFrame(data: unknown): void {
    if (this.#welcome !== undefined && this.#state !== 'greeting') this.#heard();
    try {
      const frame = readFrame(data);
      if (frame !== undefined) this.#answer(frame);
    } catch (error) {
      if (!(error instanceof HostbeatError)) throw error;
      this.#lose(error, CLOSE.badFrame);
    }
  }

  /** @throws HostbeatError when the connection is of no more use */
  #answer(frame: Downstream): void {
    switch (frame.type) {
      case 'welcome':
        this.#welcome = frame;
        this.#heard();
        this.#dispatch('welcome');
        break;
      case 'snapshot':
        if (frame.id === SUBSCRIPTION_ID) this.#subscription.onSnapshot(frame);
        break;
      case 'event':
        if ((frame.id ?? SUBSCRIPTION_ID) === SUBSCRIPTION_ID) this.#hand(this.#subscription.onEvent(frame));
        break;
      case 'synced':
        if (frame.id !== SUBSCRIPTION_ID) break;
        this.#hand(this.#subscription.onSynced(frame));
        this.#dispatch('synced');
        break;
      case 'health':
        this.#onHealth(frame);
        break;
      case 'unsubscribed':
        if (frame.id === SUBSCRIPTION_ID) this.#refuse(new ForbiddenError(frame.reason ?? 'unsubscribed'));
        break;
      case 'auth_expiring':
        void this.#refreshToken();
        break;
      case 'drain':
        this.#policy.hint(frame.reconnect_in_ms, this.#now());
        break;
      case 'error':
        this.#onErrorFrame(frame);
        break;
      case 'auth_ok':
      case 'pong':
        break;
    }
  }

  /** A frame came: the connection lives. */
  #heard(): void {
    const ms = (this.#welcome?.health_interval_ms ?? 0) * SILENT_AFTER;
    this.#silence.arm(ms, () => this.#lose(new SilenceError('no frame', ms), CLOSE.noPong));
  }

  #hand(deliveries: readonly Delivery<K>[]): void {
    let room: Promise<void> | undefined;
    for (const delivery of deliveries) {
      // A listener may have closed the client between two of them.
      if (this.#state === 'closed') return;
      this.#announce(delivery);
      const taken = () => this.#onTaken(delivery.cursor);
      if (this.#consumer) room = this.#consumer.accept(delivery, taken);
      else taken();
    }
    if (room === undefined) return;
    this.#dispatch('full');
    void room.then(() => this.#dispatch('drained'));
  }

  #announce(delivery: Delivery<K>): void {
    if (delivery.type === 'event') {
      const { seq, cursor, changes } = delivery;
      this.#emitter.emit('event', { seq, cursor, changes });
      for (const change of changes) this.#emitter.emit('change', change);
    } else if (delivery.type === 'state') {
      const { item } = delivery;
      if (item.type === 'reset') this.#emitter.emit('reset', item);
      else this.#emitter.emit('snapshot', item);
    }
  }

  #onTaken(cursor: string | undefined): void {
    if (cursor === undefined) return;
    this.#cursor = cursor;
    this.#emitter.emit('cursor', cursor);
    this.#keeper?.save(cursor);
    if (this.#options.acknowledge) this.#send({ type: 'ack', id: SUBSCRIPTION_ID, cursor });
  }

  #onHealth(frame: Health): void {
    this.#tracker.onHealth(frame, this.#welcome?.health_interval_ms ?? 0);
    const own = frame.subscriptions.find(({ id }) => id === SUBSCRIPTION_ID);
    if (own !== undefined && this.#state === 'live') this.#hand(this.#subscription.onHealth(own.cursor));
    this.#emitter.emit('health', frame);
  }

  #onErrorFrame(frame: ErrorFrame): void {
    const error = new ServerError(frame.code, frame.message);
    // While catching up it is the subscription that failed. Otherwise a close follows, or nothing was lost.
    if (frame.id === SUBSCRIPTION_ID && this.#state === 'catching-up') throw error;
    this.#report(error);
  }

  async #refreshToken(): Promise<void> {
    const { token, tokenIn } = this.#options;
    // A fixed token has no successor, and a ticket opens connections only: the close 4103 will come.
    if (typeof token === 'string' || tokenIn === 'ticket') return;
    const socket = this.#socket;
    try {
      const fresh = await token();
      if (socket === this.#socket) this.#send({ type: 'auth', token: fresh });
    } catch (error) {
      this.#report(new TokenProviderError(error));
    }
  }

  #onClosed(code: number, reason: string): void {
    this.#socket = undefined;
    const error = errorOfClose(code, reason);
    const retry = retryAfter(code);
    if (retry === 'stop') this.#refuse(error);
    else this.#lose(error, CLOSE.normal, retry === 'refresh');
  }

  /** This attempt is over; the next one comes. `refresh`: only the token was too old. */
  #lose(error: HostbeatError, close: CloseCode = CLOSE.normal, refresh = false): void {
    if (next(this.#state, 'lost') !== 'waiting' || this.#state === 'waiting') return;
    this.#drop(close);
    this.#wait = this.#policy.nextWait(this.#now(), refresh);
    this.#report(error);
    this.#dispatch('lost');
  }

  #refuse(error: HostbeatError): void {
    this.#drop(CLOSE.normal);
    this.#report(error);
    this.#dispatch('refused');
  }

  #report(error: HostbeatError): void {
    this.#error = error;
    this.#emitter.emit('error', error);
  }

  #send(frame: UpstreamFrame): void {
    this.#socket?.send(frame);
  }

  async #drop(close: CloseCode): Promise<void> {
    this.#silence.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.giveUp(close.code, close.reason);
  }
}

function base64url(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(bytes.join('')).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * Begins at once and goes on for ever: listeners added in the same turn miss nothing.
 * @throws UsageError for an option that cannot work
 */
export function connect<K extends StreamKind = 'project'>(options: ClientOptions<K>): Client<K> {
  return new Client(options);
}
