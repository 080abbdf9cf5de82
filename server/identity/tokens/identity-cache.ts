import type { Clock } from '../../domain/clock.ts';
import type { Identity } from '../identity.ts';
import { type Revocation, type Revocations, touches } from './revocations.ts';

export const MAX_CACHED = 10_000;

/**
 * Identities by token, oldest first: hashing the token again would be the most expensive step of a heartbeat. Everything
 * that ends a token reaches `revocations`, so that nothing here is outdated; expiry is the caller's question.
 */
export class IdentityCache {
  readonly #clock: Clock;
  readonly #identities = new Map<string, Identity>();
  /** Counts changes: a value read while it grew may be outdated. */
  #generation = 0;

  constructor(clock: Clock, revocations: Revocations) {
    this.#clock = clock;
    revocations.onChanged((touched) => this.#forget(touched));
  }

  get size(): number {
    return this.#identities.size;
  }

  get(token: string): Identity | undefined {
    return this.#identities.get(token);
  }

  delete(token: string): void {
    this.#identities.delete(token);
  }

  isExpired({ expiresAt }: Identity): boolean {
    return expiresAt !== null && expiresAt <= this.#clock.now();
  }

  /** Reads an identity from the database, and keeps it. */
  async read(token: string, ask: () => Promise<Identity | undefined>): Promise<Identity | undefined> {
    const generation = this.#generation;
    const identity = await ask();
    if (identity === undefined) return undefined;
    // The rights changed during the read: read again, and let the next request fill the cache.
    if (generation !== this.#generation) return ask();
    this.#keep(token, identity);
    return identity;
  }

  #keep(token: string, identity: Identity): void {
    this.#identities.set(token, identity);
    const oldest = this.#identities.keys().next();
    if (this.#identities.size > MAX_CACHED && !oldest.done) this.#identities.delete(oldest.value);
  }

  #forget(touched: Revocation): void {
    this.#generation++;
    for (const [token, identity] of this.#identities)
      if (touches(touched, identity)) this.#identities.delete(token);
  }
}
