import type { Clock } from '../../domain/clock.ts';
import { TokenBucket } from '../../limits/token-bucket.ts';
import { type Refusal, refusal } from '../../socket/handshake.ts';

export interface HandshakeBounds {
  /** Sockets that have not authenticated yet. */
  readonly maxWaiting: number;
  /** The same for one address. */
  readonly maxWaitingPerAddress: number;
  /** Handshakes per second. */
  readonly handshakeRate: number;
}

/**
 * The largest honest storm must pass: all clients of one machine return within the two seconds over which their first
 * retry is spread, all through one proxy, and each authenticates one round trip later, which may be slow at that time.
 * A refusal would force a client into back-off for nothing. It is still a bound: a silent socket costs some 11 kB until
 * `helloTimeout`.
 */
export const HANDSHAKE_BOUNDS: HandshakeBounds = {
  maxWaiting: 20_000,
  maxWaitingPerAddress: 10_000,
  handshakeRate: 2_000,
};

/** Burst size in seconds' worth of handshakes. */
const BURST = 10;
const RETRY_SECONDS = 2;

/**
 * Limits connections between handshake and authentication, and the rate of handshakes. The hub checks both before it
 * allocates anything for a connection.
 */
export class HandshakeLimits {
  readonly #limits: HandshakeBounds;
  readonly #clock: Clock;
  readonly #perAddress = new Map<string, number>();
  #waiting = 0;
  readonly #handshakes: TokenBucket;

  constructor(limits: HandshakeBounds, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    const { handshakeRate } = limits;
    const size = { burst: handshakeRate * BURST, perSecond: handshakeRate };
    this.#handshakes = new TokenBucket(size, clock.monotonic());
  }

  /** Counts one handshake. @returns the refusal, if it exceeds the rate */
  arrive(): Refusal | undefined {
    if (this.#handshakes.take(this.#clock.monotonic()) === 0) return undefined;
    const message = `the server takes at most ${this.#limits.handshakeRate} new connections a second`;
    return refusal(503, 'unavailable', message, RETRY_SECONDS);
  }

  /** @returns the refusal, if no more sockets may wait */
  judge(address: string | undefined): Refusal | undefined {
    const { maxWaiting, maxWaitingPerAddress } = this.#limits;
    if (this.#waiting >= maxWaiting) {
      const message = `${maxWaiting} connections have not authenticated yet, which is the limit`;
      return refusal(503, 'unavailable', message, RETRY_SECONDS);
    }
    if ((this.#perAddress.get(address ?? '') ?? 0) >= maxWaitingPerAddress) {
      const message = `this address has reached its limit of ${maxWaitingPerAddress} connections that have not authenticated; send the token with the handshake`;
      return refusal(429, 'limit', message, RETRY_SECONDS);
    }
    return undefined;
  }

  /** One more socket waits. Returns a function that ends the wait; only its first call counts. */
  enter(address = ''): () => void {
    this.#waiting += 1;
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    let waits = true;
    return () => {
      if (!waits) return;
      waits = false;
      this.#waiting -= 1;
      const left = (this.#perAddress.get(address) ?? 0) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    };
  }
}
