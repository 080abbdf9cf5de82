import { BAD_TOKEN, FORBIDDEN, NORMAL, SLOW_CONSUMER } from '../protocol/close-numbers.ts';
import type { ObserverState, Welcome } from '../protocol/downstream.ts';
import type { StreamKind } from '../protocol/upstream.ts';
import type { ClientEvents, Consumer } from './client-events.ts';
import { Attempt, type AttemptListener } from './connection/attempt.ts';
import { type ConnectionState, next, type StateEvent } from './connection/connection-state.ts';
import { Endpoints } from './connection/endpoints.ts';
import { NodeMoves } from './connection/node-moves.ts';
import { platformWakeUps } from './connection/platform-events.ts';
import { RetryTimer } from './connection/retry-timer.ts';
import { Route, whyUnreachable } from './connection/route.ts';
import { ServerHealth, type TrackerState } from './connection/server-health.ts';
import {
  AuthenticationError,
  ClosedError,
  ConnectionLostError,
  ForbiddenError,
  type HostbeatError,
} from './errors.ts';
import { type ClientOptions, checkOptions, urlsOf } from './options.ts';
import type { Delivery } from './stream-types.ts';
import { ItemDelivery } from './subscription/delivery.ts';
import { Subscription } from './subscription/subscription.ts';
import { deferred } from './support/deferred.ts';
import { Emitter } from './support/emitter.ts';
import { realTimer, type SetTimer } from './support/timeout.ts';

/**
 * One subscription, kept alive over as many connections as it needs. Listeners get everything in order and
 * once: see `watch.ts` for the guarantee, which is the same here.
 */
export class Client<K extends StreamKind = 'project'> implements AsyncDisposable {
  readonly #options: ClientOptions<K>;
  readonly #delivery: ItemDelivery<K>;
  readonly #emitter = new Emitter<ClientEvents<K>>();
  readonly #subscription: Subscription<K>;
  readonly #endpoints: Endpoints;
  readonly #retry: RetryTimer;
  readonly #moves: NodeMoves;
  readonly #route: Route;
  readonly #tracker: ServerHealth;
  readonly #setTimer: SetTimer;
  readonly #sleep: () => void;
  readonly #synced = deferred<void>();
  readonly #onAbort = () => void this.close();
  /** Aborts requests that are made beside the stream. */
  readonly #ended = new AbortController();
  #state: ConnectionState = 'idle';
  #attempt: Attempt<K> | undefined;
  #welcome: Welcome | undefined;
  #closing: Promise<void> | undefined;
  #error: HostbeatError | undefined;
  /** The server refused or ended the last token: the next one must be new. */
  #isTokenRefused = false;
  /** Whether a token was fetched because of a refusal since the client was last in step. */
  #hasAskedAgain = false;

  /** @throws UsageError for an option that cannot work */
  constructor(options: ClientOptions<K>, consumer?: Consumer<K>) {
    this.#options = options;
    checkOptions(options);
    this.#delivery = new ItemDelivery(options, this.#emitter, consumer, () => this.#acknowledge());
    const { now = () => performance.now(), random = Math.random, setTimer = realTimer } = options;
    this.#setTimer = setTimer;
    this.#endpoints = new Endpoints(urlsOf(options.url), random);
    this.#retry = new RetryTimer({ now, random, setTimer }, this.#endpoints, () => this.#dispatch('connect'));
    const parts = { endpoints: this.#endpoints, retry: this.#retry, ended: this.#ended.signal };
    this.#moves = new NodeMoves({
      ...parts,
      fetch: options.fetch,
      random,
      setTimer,
      move: () => this.#move(),
    });
    this.#route = new Route(options);
    this.#tracker = new ServerHealth(this.#setTimer, (state) => this.#emitter.emit('tracker', state));
    this.#subscription = new Subscription((options.stream ?? 'project') as K, {
      filtered: options.servers !== undefined || options.hostStatus !== undefined,
      cursor: options.cursor,
      drills: options.drills ?? false,
    });
    // Without a reader, its rejection must not end the program.
    this.#synced.promise.catch(() => {});
    options.signal?.addEventListener('abort', this.#onAbort);
    this.#sleep = (options.wakeUps ?? platformWakeUps)((online) => this.#wake(online));
    // Starts after this turn, so that the caller can add listeners first.
    queueMicrotask(() => (options.signal?.aborted ? this.close() : this.#dispatch('connect')));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The node in use, as it was given in the option `url`. */
  get url(): string {
    return this.#endpoints.url;
  }

  /** How well hostbeat sees the hosts; `unknown` until the server says, and after two missing `health` frames. */
  get tracker(): TrackerState {
    return this.#tracker.state;
  }

  /** The application has taken everything up to this cursor. Store it; never parse it. */
  get cursor(): string | undefined {
    return this.#delivery.cursor;
  }

  /** The filter of the subscription. A server that it leaves out may still exist. */
  get filter(): Pick<ClientOptions<K>, 'servers' | 'hostStatus'> {
    const { servers, hostStatus } = this.#options;
    return { servers, hostStatus };
  }

  /** The server's `welcome` of the last connection. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /** The latest error. In the state `stopped`, the reason. */
  get error(): HostbeatError | undefined {
    return this.#error;
  }

  /** Resolves when everything up to now was delivered for the first time; rejects if the server refuses or on close. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** @returns a function that removes the listener */
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

  /**
   * Tries again at once: after `stopped`, when the cause was removed, or while it waits, for example when the network
   * is back.
   */
  retry(): void {
    this.#dispatch('connect');
  }

  /** Resolves when the connection is closed and the last cursor is stored. */
  async close(): Promise<void> {
    this.#dispatch('close');
    await this.#closing;
    await this.#delivery.settled();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #dispatch(event: StateEvent): void {
    const state = next(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#retry.cancel();
    if (event === 'lost' || event === 'full' || event === 'refused' || event === 'close') this.#moves.stop();
    this.#enter(state);
    this.#emitter.emit('state', state);
  }

  #enter(state: ConnectionState): void {
    switch (state) {
      case 'authenticating':
        this.#attempt = new Attempt(
          { ...this.#options, url: this.url },
          this.#subscription,
          this.#listener(),
          this.#setTimer,
          this.#route.way,
          this.#isTokenRefused,
        );
        break;
      case 'live':
        this.#retry.onSynced();
        this.#isTokenRefused = false;
        this.#hasAskedAgain = false;
        this.#synced.resolve();
        // Acknowledges what was taken while there was no connection.
        this.#acknowledge();
        break;
      case 'waiting':
        this.#retry.start();
        break;
      case 'paused':
        void this.#attempt?.giveUp(SLOW_CONSUMER);
        break;
      case 'stopped':
        this.#synced.reject(this.#error);
        break;
      case 'closed':
        this.#options.signal?.removeEventListener('abort', this.#onAbort);
        this.#sleep();
        this.#ended.abort();
        this.#delivery.close();
        this.#closing = this.#attempt?.giveUp(NORMAL);
        this.#tracker.close();
        this.#synced.reject(new ClosedError());
        break;
    }
  }

  #listener(): AttemptListener<K> {
    const onObserver = (observer: ObserverState, intervalMs: number) => {
      this.#tracker.onObserver(observer, intervalMs);
      this.#moves.onObserver(observer);
    };
    return {
      onToken: () => this.#dispatch('token'),
      onOpen: () => this.#dispatch('open'),
      onWelcome: (welcome) => {
        this.#welcome = welcome;
        // An older server does not send it here: then the first `health` does.
        if (welcome.observer) onObserver(welcome.observer, welcome.health_interval_ms);
        this.#dispatch('welcome');
      },
      onDeliveries: (deliveries) => this.#deliver(deliveries),
      onSynced: () => this.#dispatch('synced'),
      onHealth: (health) => {
        onObserver(health.observer, this.#welcome?.health_interval_ms ?? 0);
        this.#emitter.emit('health', health);
      },
      onDrain: (window) => this.#moves.drain(window),
      onTrouble: (error) => this.#report(error),
      onEnd: (error, retry) => {
        if (retry === 'stop') this.#refuse(error);
        else void this.#lose(error, retry === 'refresh');
      },
    };
  }

  /** Leaves this connection for one to the node that is in use from now on. The cursor is valid there too. */
  #move(): void {
    void this.#attempt?.giveUp(NORMAL);
    this.#dispatch('lost');
  }

  /** The network or the page appeared or vanished: a waiting client may try now, a connected one may have lost its connection. */
  #wake(online: boolean): void {
    if (this.#state !== 'waiting') this.#attempt?.probe();
    else if (online) this.#retry.hasten();
  }

  /** Ends this attempt and schedules the next. `refresh`: only the token had expired. */
  async #lose(error: HostbeatError, refresh: boolean, stays = refresh): Promise<void> {
    const [state, attempt] = [this.#state, this.#attempt];
    // Before the socket is open, the platform says little more than that it failed; a plain request finds the reason.
    const isUnexplained =
      state === 'connecting' && error instanceof ConnectionLostError && error.reason === '';
    const ask = () => whyUnreachable({ ...this.#options, url: this.url }, this.#setTimer, this.#ended.signal);
    const decided = this.#route.onEnd(state, isUnexplained, ask);
    const why = isUnexplained ? await decided : undefined;
    if (this.#attempt !== attempt || this.#state !== state) return;
    this.#isTokenRefused ||= refresh;
    this.#retry.onLost(refresh, stays);
    this.#report(why === undefined ? error : new ConnectionLostError(1006, why));
    this.#dispatch('lost');
  }

  #refuse(error: HostbeatError): void {
    const isOfToken = error instanceof AuthenticationError || error instanceof ForbiddenError;
    if (isOfToken && typeof this.#options.token === 'function' && !this.#hasAskedAgain) {
      this.#hasAskedAgain = true;
      this.#isTokenRefused = true;
      const code = error instanceof ForbiddenError ? FORBIDDEN : BAD_TOKEN;
      void this.#lose(
        new ConnectionLostError(code, 'refused; trying once more with a new token'),
        false,
        true,
      );
      return;
    }
    this.#report(error);
    this.#dispatch('refused');
  }

  #report(error: HostbeatError): void {
    this.#error = error;
    this.#emitter.emit('error', error);
  }

  #deliver(deliveries: readonly Delivery<K>[]): void {
    const drained = this.#delivery.deliver(deliveries);
    if (drained === undefined) return;
    this.#dispatch('full');
    void drained.then(() => this.#dispatch('drained'));
  }

  #acknowledge(): void {
    const { cursor } = this.#delivery;
    if (this.#options.acknowledge && this.#state === 'live' && cursor !== undefined) {
      this.#attempt?.acknowledge(cursor);
    }
  }
}
