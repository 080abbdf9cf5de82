import { NORMAL, SLOW_CONSUMER } from '../protocol/close-numbers.ts';
import type { Welcome } from '../protocol/downstream.ts';
import type { StreamKind } from '../protocol/upstream.ts';
import type { ClientEvents, Consumer } from './client-events.ts';
import { Attempt, type AttemptListener } from './connection/attempt.ts';
import { type ConnectionState, next, type StateEvent } from './connection/connection-state.ts';
import { platformWakeUps } from './connection/platform-events.ts';
import { RetryTimer } from './connection/retry-timer.ts';
import { isReachable, Route } from './connection/route.ts';
import { Tracker, type TrackerState } from './connection/server-health.ts';
import { ClosedError, type HostbeatError } from './errors.ts';
import { type ClientOptions, streamUrl } from './options.ts';
import type { Delivery } from './stream-types.ts';
import { Handover } from './subscription/delivery.ts';
import { Subscription } from './subscription/subscription.ts';
import { Emitter } from './support/emitter.ts';
import { realTimer, type SetTimer } from './support/timeout.ts';

/**
 * One subscription, kept alive over as many connections as it needs. Everything the listeners get is in order and
 * once: see `watch.ts` for the guarantee, which is the same here.
 */
export class Client<K extends StreamKind = 'project'> implements AsyncDisposable {
  readonly #options: ClientOptions<K>;
  readonly #handover: Handover<K>;
  readonly #emitter = new Emitter<ClientEvents<K>>();
  readonly #subscription: Subscription<K>;
  readonly #retry: RetryTimer;
  readonly #route: Route;
  readonly #tracker: Tracker;
  readonly #setTimer: SetTimer;
  readonly #sleep: () => void;
  readonly #synced = Promise.withResolvers<void>();
  readonly #onAbort = () => void this.close();
  #state: ConnectionState = 'idle';
  #attempt: Attempt<K> | undefined;
  #welcome: Welcome | undefined;
  #closing: Promise<void> | undefined;
  #error: HostbeatError | undefined;

  /** @throws UsageError for an option that cannot work */
  constructor(options: ClientOptions<K>, consumer?: Consumer<K>) {
    this.#options = options;
    // Only to refuse at once, at the caller.
    streamUrl(options.url);
    this.#handover = new Handover(options, this.#emitter, consumer, () => this.#acknowledge());
    const { now = () => performance.now(), random = Math.random, setTimer = realTimer } = options;
    this.#setTimer = setTimer;
    this.#retry = new RetryTimer({ now, random, setTimer }, () => this.#dispatch('connect'));
    this.#route = new Route(options, () => isReachable(options));
    this.#tracker = new Tracker(this.#setTimer, (state) => this.#emitter.emit('tracker', state));
    this.#subscription = new Subscription((options.stream ?? 'project') as K, {
      filtered: options.servers !== undefined || options.hostStatus !== undefined,
      cursor: options.cursor,
    });
    // Whoever does not ask for it must not be killed by its rejection.
    this.#synced.promise.catch(() => {});
    options.signal?.addEventListener('abort', this.#onAbort);
    this.#sleep = (options.wakeUps ?? platformWakeUps)((online) => this.#wake(online));
    // The caller adds his listeners first.
    queueMicrotask(() => (options.signal?.aborted ? this.close() : this.#dispatch('connect')));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** How well hostbeat sees the hosts; `unknown` until it has said, and after two `health` are missing. */
  get tracker(): TrackerState {
    return this.#tracker.state;
  }

  /** Everything up to here was taken by the application. To be kept, never read. */
  get cursor(): string | undefined {
    return this.#handover.cursor;
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
    await this.#handover.settled();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #dispatch(event: StateEvent): void {
    const state = next(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#retry.cancel();
    this.#enter(state);
    this.#emitter.emit('state', state);
  }

  #enter(state: ConnectionState): void {
    switch (state) {
      case 'authenticating':
        this.#attempt = new Attempt(
          this.#options,
          this.#subscription,
          this.#listener(),
          this.#setTimer,
          this.#route.isByEvents,
        );
        break;
      case 'live':
        this.#retry.onSynced();
        this.#synced.resolve();
        // What was taken while there was nobody to tell.
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
        this.#handover.close();
        this.#closing = this.#attempt?.giveUp(NORMAL);
        this.#tracker.close();
        this.#synced.reject(new ClosedError());
        break;
    }
  }

  #listener(): AttemptListener<K> {
    return {
      onToken: () => this.#dispatch('token'),
      onOpen: () => this.#dispatch('open'),
      onWelcome: (welcome) => {
        this.#welcome = welcome;
        // A server of before does not say it here: then the first `health` does.
        if (welcome.observer) this.#tracker.hear(welcome.observer, welcome.health_interval_ms);
        this.#dispatch('welcome');
      },
      onDeliveries: (deliveries) => this.#hand(deliveries),
      onSynced: () => this.#dispatch('synced'),
      onHealth: (health) => {
        this.#tracker.hear(health.observer, this.#welcome?.health_interval_ms ?? 0);
        this.#emitter.emit('health', health);
      },
      onDrain: (window) => this.#retry.hint(window),
      onTrouble: (error) => this.#report(error),
      onEnd: (error, retry) => {
        if (retry === 'stop') this.#refuse(error);
        else {
          if (this.#state !== 'authenticating') {
            void this.#route.onLost(this.#state === 'catching-up' || this.#state === 'live');
          }
          this.#lose(error, retry === 'refresh');
        }
      },
    };
  }

  /** The network, or the page, has come or gone: what waits need not, what is connected may be so no more. */
  #wake(online: boolean): void {
    if (this.#state !== 'waiting') this.#attempt?.probe();
    else if (online) this.#retry.hasten();
  }

  /** This attempt is over; the next one comes. `refresh`: only the token was too old. */
  #lose(error: HostbeatError, refresh: boolean): void {
    this.#retry.onLost(refresh);
    this.#report(error);
    this.#dispatch('lost');
  }

  #refuse(error: HostbeatError): void {
    this.#report(error);
    this.#dispatch('refused');
  }

  #report(error: HostbeatError): void {
    this.#error = error;
    this.#emitter.emit('error', error);
  }

  #hand(deliveries: readonly Delivery<K>[]): void {
    const room = this.#handover.hand(deliveries);
    if (room === undefined) return;
    this.#dispatch('full');
    void room.then(() => this.#dispatch('drained'));
  }

  #acknowledge(): void {
    const { cursor } = this.#handover;
    if (this.#options.acknowledge && this.#state === 'live' && cursor !== undefined) {
      this.#attempt?.acknowledge(cursor);
    }
  }
}

/**
 * Begins at once and goes on for ever: listeners added in the same turn miss nothing.
 * @throws UsageError for an option that cannot work
 */
export function connect<K extends StreamKind = 'project'>(options: ClientOptions<K>): Client<K> {
  return new Client(options);
}
