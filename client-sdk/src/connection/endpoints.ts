import { BASE_MS, FIRST_RETRY_MS, ReconnectPolicy } from './reconnect-policy.ts';

interface Endpoint {
  readonly url: string;
  readonly policy: ReconnectPolicy;
  /** Monotonic ms until which the node is not tried. */
  due: number;
}

/**
 * The nodes of one hostbeat, of which one is in use. Each has its own back-off: one that fails is avoided for longer
 * and longer, and the next one in order is tried meanwhile.
 */
export class Endpoints {
  readonly #all: readonly Endpoint[];
  readonly #random: () => number;
  #at = 0;
  /** The connection that ended had caught up: all clients of a node lose it in the same moment. */
  #wasInStep = false;
  /** Another node is needed without a wait. */
  #atOnce = false;

  /** @param random uniform in [0, 1) */
  constructor(urls: readonly string[], random: () => number) {
    this.#all = urls.map((url) => ({ url, policy: new ReconnectPolicy(random), due: 0 }));
    this.#random = random;
  }

  get url(): string {
    return this.#current.url;
  }

  /** All but the one in use, in the order in which they come next. */
  get others(): readonly string[] {
    return this.#inOrder().map((at) => (this.#all[at] as Endpoint).url);
  }

  get areSeveral(): boolean {
    return this.#all.length > 1;
  }

  /** The node in use said when clients may return to it (`drain`). `now` in monotonic ms. */
  hint(window: readonly [number, number], now: number): void {
    this.#current.policy.hint(window, now);
    this.#atOnce = true;
  }

  onSynced(): void {
    this.#current.policy.onSynced();
    this.#wasInStep = true;
    this.#atOnce = false;
  }

  use(url: string): void {
    this.#at = this.#all.findIndex((one) => one.url === url);
  }

  /**
   * The node in use was lost. The node with the earliest retry is in use from now on, of several the next in order.
   * @param refresh the token had expired, which is not the node's fault
   * @param stays only another token is needed
   * @returns ms until the next attempt
   */
  onLost(now: number, refresh: boolean, stays = refresh): number {
    const [isFirst, atOnce] = [this.#wasInStep, this.#atOnce];
    this.#wasInStep = false;
    this.#atOnce = false;
    const wait = this.#current.policy.nextWait(now, refresh);
    if (!this.areSeveral || stays) return wait;
    this.#current.due = now + wait;
    const leftOf = (at: number) => Math.max(0, (this.#all[at] as Endpoint).due - now);
    this.#at = [...this.#inOrder(), this.#at].reduce((first, at) =>
      leftOf(at) < leftOf(first) ? at : first,
    );
    const left = leftOf(this.#at);
    if (left > 0 || atOnce) return left;
    return this.#random() * (isFirst ? FIRST_RETRY_MS : BASE_MS);
  }

  get #current(): Endpoint {
    return this.#all[this.#at] as Endpoint;
  }

  #inOrder(): number[] {
    return this.#all.slice(1).map((_, n) => (this.#at + 1 + n) % this.#all.length);
  }
}
