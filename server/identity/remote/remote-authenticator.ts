/**
 * The authenticator of a deployment whose users are kept elsewhere. Caches the external service's answers for a while,
 * never past the end of the token, and checks the tokens of open connections again in time. Agents' tokens are our own
 * in every deployment.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { networkOf } from '../embedded/login-throttle.ts';
import type { Authenticator, Credential, Identity } from '../identity.ts';
import type { Revocation, Revocations } from '../tokens/revocations.ts';
import { AGENT_TOKEN_PREFIX, hashToken } from '../tokens/secrets.ts';
import type { Verifier } from './verifier.ts';

/** Refusals are cached briefly: a token may be used too soon after it was made. */
export const REFUSAL_KEPT: Duration = 5_000;
/** How many live tokens are checked at once: fresh logins go first. */
const ROUND_WIDTH = 4;
/** Length of a JWT with many groups. */
const LONGEST_TOKEN = 16_384;
/** Characters that a header may have. Anything else is not a token. */
const SENDABLE = /^[\x21-\x7e]+$/;
/** Memory for cached answers, whatever the length of their tokens. */
const CACHE_BYTES = 32 * 1024 * 1024;
/** Size of an answer without its token (measured: about 700). */
const ENTRY_BYTES = 1_024;

export interface RemoteOptions {
  readonly verifier: Verifier;
  /** Knows the tokens of agents. */
  readonly agents: Pick<Authenticator, 'authenticate'>;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  readonly setTimer: (then: () => void, after: Duration) => () => void;
  /** How long an answer is cached: a revocation takes effect within it, for live connections too. */
  readonly cacheTime: Duration;
  readonly cacheSize: number;
}

interface CachedAnswer {
  /** Empty where the token was refused: it is not checked again. */
  token: string;
  /** Undefined: refused. */
  identity: Identity | undefined;
  /** When the request was sent: an answer may be as old as its request. */
  checkedAt: Monotonic;
}

export class RemoteAuthenticator implements Authenticator {
  readonly challenge: string;
  readonly longestToken = LONGEST_TOKEN;
  readonly #options: RemoteOptions;
  /** By hash of the token, the longest unused first. */
  readonly #entries = new Map<string, CachedAnswer>();
  readonly #asking = new Map<string, Promise<CachedAnswer>>();
  /** Finds the token of an identity that a connection relies on, after the cache above forgot it. */
  readonly #entryOf = new WeakMap<Identity, CachedAnswer>();
  readonly #relying = new Set<() => Iterable<Identity>>();
  #cancel: () => void = () => undefined;
  #bytes = 0;
  #closed = false;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.challenge = options.verifier.challenge;
    this.#wait();
  }

  async authenticate(credential: Credential): Promise<Identity | undefined> {
    const { token } = credential;
    if (token.startsWith(AGENT_TOKEN_PREFIX)) return this.#options.agents.authenticate(credential);
    if (token.length > LONGEST_TOKEN || !SENDABLE.test(token)) return undefined;
    const hash = hashToken(token);
    const known = this.#entries.get(hash);
    if (known !== undefined && !this.#isOld(known)) {
      this.#keep(hash, known);
      return this.#unlessExpired(known);
    }
    const { address } = credential;
    const key = address === undefined ? 'unknown' : networkOf(address);
    return this.#unlessExpired(await this.#ask(hash, token, known, key));
  }

  onRevoked(listener: (gone: Revocation) => void, relying?: () => Iterable<Identity>): () => void {
    const stop = this.#options.revocations.onEnded(listener);
    if (relying === undefined) return stop;
    this.#relying.add(relying);
    return () => {
      stop();
      this.#relying.delete(relying);
    };
  }

  get cached(): number {
    return this.#entries.size;
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  /** Several requests with one token at a time cause one request to the service. */
  #ask(hash: string, token: string, before: CachedAnswer | undefined, key: string): Promise<CachedAnswer> {
    const running = this.#asking.get(hash);
    if (running !== undefined) return running;
    const asked = this.#verify(hash, token, before, key).finally(() => this.#asking.delete(hash));
    this.#asking.set(hash, asked);
    return asked;
  }

  async #verify(
    hash: string,
    token: string,
    before: CachedAnswer | undefined,
    key: string,
  ): Promise<CachedAnswer> {
    const { clock, verifier, revocations } = this.#options;
    const checkedAt = clock.monotonic();
    const identity = await verifier.verify(token, key);
    const entry: CachedAnswer = before ?? { token, identity, checkedAt };
    const was = before === undefined ? undefined : this.#unlessExpired(before);
    const changed = !isDeepStrictEqual(entry.identity, identity);
    if (changed) entry.identity = identity;
    entry.checkedAt = checkedAt;
    this.#forget(hash);
    entry.token = identity === undefined ? '' : token;
    if (entry.identity !== undefined) this.#entryOf.set(entry.identity, entry);
    this.#keep(hash, entry);
    if (changed && was !== undefined)
      revocations.ended({
        userId: was.userId,
        ...(was.projectId === null ? {} : { projectId: was.projectId }),
      });
    return entry;
  }

  #keep(hash: string, entry: CachedAnswer): void {
    this.#forget(hash);
    this.#entries.set(hash, entry);
    this.#bytes += ENTRY_BYTES + entry.token.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#options.cacheSize && this.#bytes <= CACHE_BYTES) return;
      this.#forget(oldest);
    }
  }

  #forget(hash: string): void {
    const entry = this.#entries.get(hash);
    if (entry !== undefined) this.#bytes -= ENTRY_BYTES + entry.token.length;
    this.#entries.delete(hash);
  }

  #isOld({ identity, checkedAt }: CachedAnswer): boolean {
    const { cacheTime, clock } = this.#options;
    const kept = identity === undefined ? Math.min(REFUSAL_KEPT, cacheTime) : cacheTime;
    return clock.monotonic() - checkedAt >= kept && !this.#isExpired(identity);
  }

  #isExpired(identity: Identity | undefined): boolean {
    return (
      identity !== undefined && identity.expiresAt !== null && identity.expiresAt <= this.#options.clock.now()
    );
  }

  #unlessExpired({ identity }: CachedAnswer): Identity | undefined {
    return this.#isExpired(identity) ? undefined : identity;
  }

  // Identities that were let in are checked again.

  #wait(): void {
    const { setTimer, cacheTime } = this.#options;
    this.#cancel = setTimer(() => {
      void this.#round().finally(() => {
        if (!this.#closed) this.#wait();
      });
    }, cacheTime / 8);
  }

  /** Checks at half the time, so that a slow answer still arrives within the whole of it. */
  async #round(): Promise<void> {
    const { cacheTime, clock } = this.#options;
    const due = new Set<CachedAnswer>();
    for (const relying of this.#relying) {
      for (const identity of relying()) {
        const entry = this.#entryOf.get(identity);
        if (entry?.identity !== undefined && clock.monotonic() - entry.checkedAt >= cacheTime / 2)
          due.add(entry);
      }
    }
    const queue = [...due].values();
    await Promise.all(Array.from({ length: ROUND_WIDTH }, () => this.#askAbout(queue)));
  }

  async #askAbout(queue: IterableIterator<CachedAnswer>): Promise<void> {
    for (const entry of queue) {
      if (this.#closed) return;
      try {
        await this.#ask(hashToken(entry.token), entry.token, entry, 'rounds');
      } catch (error) {
        // A client stays connected while Keystone is unavailable, because the end of its token is known.
        if (error instanceof DomainError && error.code === 'unavailable') return;
        this.#options.logger.warn({ err: error }, 'a token could not be checked again');
      }
    }
  }
}
