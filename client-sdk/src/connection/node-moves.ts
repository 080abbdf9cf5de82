import type { ObserverState } from '../../protocol/downstream.ts';
import { baseUrl } from '../options.ts';
import type { SetTimer } from '../support/timeout.ts';
import type { Endpoints } from './endpoints.ts';
import type { RetryTimer } from './retry-timer.ts';

/** The longest time in which the clients of a draining node move to another one; ms. */
const MOVE_WITHIN_MS = 1_000;

/** How long a node may be degraded until the client looks for another one. */
const DEGRADED_MS = 10_000;
/** Wait between searches while no other node is better; grows each time. */
const LONGEST_MS = 80_000;
export interface NodeMovesOptions {
  readonly endpoints: Endpoints;
  readonly retry: RetryTimer;
  readonly fetch: typeof fetch | undefined;
  readonly random: () => number;
  readonly setTimer: SetTimer;
  /** Aborted when the client is closed. */
  readonly ended: AbortSignal;
  /** Leaves the connection for one to the node that is in use from now on. */
  readonly move: () => void;
}

/** When the client leaves a working connection for another node: its own drains, or has been degraded for too long. */
export class NodeMoves {
  readonly #options: NodeMovesOptions;
  readonly #preference: Preference;
  #cancel: (() => void) | undefined;
  /** Grows with every connection that ended: an answer to an older request comes too late. */
  #connection = 0;

  constructor(options: NodeMovesOptions) {
    this.#options = options;
    this.#preference = new Preference(options.setTimer, () => void this.#lookForBetter());
  }

  onObserver(observer: ObserverState): void {
    if (this.#options.endpoints.areSeveral) this.#preference.onObserver(observer);
  }

  /** All clients leave a draining node: they spread over a second, and stay in step until then. */
  drain(window: readonly [number, number]): void {
    const { endpoints, retry, random, setTimer, move } = this.#options;
    retry.hint(window);
    if (!endpoints.areSeveral) return;
    this.#cancel ??= setTimer(() => {
      retry.onLost(false, false);
      move();
    }, random() * Math.min(MOVE_WITHIN_MS, window[1]));
  }

  /** The connection ended. */
  stop(): void {
    this.#connection += 1;
    this.#preference.stop();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #lookForBetter(): Promise<void> {
    const {
      endpoints,
      retry,
      setTimer,
      ended,
      move,
      fetch = globalThis.fetch.bind(globalThis),
    } = this.#options;
    const connection = this.#connection;
    // Loaded when it is needed: most clients never need it.
    const better = await import('./better-node.ts').then(
      ({ betterNode }) => betterNode(endpoints.others, fetch, baseUrl, setTimer, ended),
      () => undefined,
    );
    if (better === undefined || this.#connection !== connection) return;
    endpoints.use(better);
    retry.onMove();
    move();
  }
}

/** Reports when the node in use has been degraded long enough to look for a better one. */
class Preference {
  readonly #setTimer: SetTimer;
  readonly #onEnough: () => void;
  #wait = DEGRADED_MS;
  #cancel: (() => void) | undefined;

  constructor(setTimer: SetTimer, onEnough: () => void) {
    this.#setTimer = setTimer;
    this.#onEnough = onEnough;
  }

  onObserver(observer: ObserverState): void {
    if (observer === 'ok') {
      this.stop();
      this.#wait = DEGRADED_MS;
    } else
      this.#cancel ??= this.#setTimer(() => {
        this.#cancel = undefined;
        this.#wait = Math.min(LONGEST_MS, 2 * this.#wait);
        this.#onEnough();
      }, this.#wait);
  }

  /** The connection ended. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
