/** The authenticator of a deployment without Keystone. A cached token costs one SHA-256 and one look-up. */
import type { Clock } from '../../domain/clock.ts';
import { type Accounts, type AgentToken, DEFAULT_DOMAIN } from '../../ports/accounts.ts';
import { LONGEST_SECRET } from '../credential-limits.ts';
import type { Authenticator, Credential, Identity } from '../identity.ts';
import { type Revocations, type Touched, touches } from '../tokens/revocations.ts';
import { AGENT_TOKEN_PREFIX, hashToken } from '../tokens/secrets.ts';
import { identityOf, resolveToken } from '../tokens/tokens.ts';

export const MAX_CACHED = 10_000;

/**
 * Everything that ends a token reaches `revocations`, from this process or, through the database, from another node, so
 * that the cache has nothing outdated; expiry is checked on every request. While this process cannot follow the other
 * nodes, it looks up users' tokens each time.
 */
export class EmbeddedAuthenticator implements Authenticator {
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  readonly #revocations: Revocations;
  /** Hashes by token, oldest first: hashing the token again would be the most expensive step of a heartbeat. */
  readonly #cache = new Map<string, Identity>();
  /** Counts changes: a value read while it grew may be outdated. */
  #generation = 0;

  /** Whether this process learns without delay what other nodes revoke. */
  readonly #isCurrent: () => boolean;

  constructor(accounts: Accounts, clock: Clock, revocations: Revocations, isCurrent = () => true) {
    this.#accounts = accounts;
    this.#clock = clock;
    this.#revocations = revocations;
    this.#isCurrent = isCurrent;
    revocations.onChanged((touched) => this.#forget(touched));
  }

  async authenticate({ token }: Credential): Promise<Identity | undefined> {
    if (token.length > LONGEST_SECRET) return undefined;
    const cached = this.#cache.get(token);
    if (cached !== undefined) {
      if (this.#isExpired(cached)) {
        this.#cache.delete(token);
        return undefined;
      }
      // A report must be accepted while the database is away, and may not do anything that a revoked token must not do.
      if (cached.kind === 'agent' || this.#isCurrent()) return cached;
    }
    const hash = hashToken(token);
    const ask = () => (token.startsWith(AGENT_TOKEN_PREFIX) ? this.#agent(hash) : this.#user(hash));
    const generation = this.#generation;
    const identity = await ask();
    if (identity === undefined) return undefined;
    // The rights changed during the read: read again, and let the next request fill the cache.
    if (generation !== this.#generation) return ask();
    this.#keep(token, identity);
    return identity;
  }

  onRevoked(listener: (gone: Touched) => void): () => void {
    return this.#revocations.onEnded(listener);
  }

  get cached(): number {
    return this.#cache.size;
  }

  async #user(hash: string): Promise<Identity | undefined> {
    const resolved = await resolveToken(this.#accounts, await this.#accounts.token(hash), this.#clock.now());
    return resolved && identityOf(resolved);
  }

  async #agent(hash: string): Promise<Identity | undefined> {
    const token = await this.#accounts.agentToken(hash);
    if (token === undefined) return undefined;
    const identity = agentIdentity(token);
    return this.#isExpired(identity) ? undefined : identity;
  }

  #isExpired(identity: Identity): boolean {
    return identity.expiresAt !== null && identity.expiresAt <= this.#clock.now();
  }

  #keep(token: string, identity: Identity): void {
    this.#cache.set(token, identity);
    const oldest = this.#cache.keys().next();
    if (this.#cache.size > MAX_CACHED && !oldest.done) this.#cache.delete(oldest.value);
  }

  #forget(touched: Touched): void {
    this.#generation++;
    for (const [token, identity] of this.#cache) if (touches(touched, identity)) this.#cache.delete(token);
  }
}

/** The token's id takes the place of a user id: logs and revocations name it. */
function agentIdentity(token: AgentToken): Identity {
  return {
    kind: 'agent',
    userId: token.id,
    userName: token.label,
    userDomainId: DEFAULT_DOMAIN.id,
    projectId: null,
    projectName: null,
    roles: [],
    expiresAt: token.expiresAt,
    hosts: token.hosts,
  };
}
