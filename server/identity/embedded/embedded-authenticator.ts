/** The authenticator of a deployment without Keystone. A cached token costs one SHA-256 and one look-up. */
import type { Clock } from '../../domain/clock.ts';
import { type Accounts, type AgentToken, DEFAULT_DOMAIN } from '../../ports/accounts.ts';
import { LONGEST_SECRET } from '../credential-limits.ts';
import type { Authenticator, Credential, Identity } from '../identity.ts';
import { IdentityCache } from '../tokens/identity-cache.ts';
import type { Revocation, Revocations } from '../tokens/revocations.ts';
import { AGENT_TOKEN_PREFIX, hashToken } from '../tokens/secrets.ts';
import { identityOf, resolveToken } from '../tokens/tokens.ts';

/**
 * Everything that ends a token reaches `revocations`, from this process or, through the database, from another node, so
 * that the cache has nothing outdated; expiry is checked on every request. While this process cannot follow the other
 * nodes, it looks up users' tokens each time.
 */
export class EmbeddedAuthenticator implements Authenticator {
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  readonly #revocations: Revocations;
  readonly #cache: IdentityCache;
  /** Whether this process learns without delay what other nodes revoke. */
  readonly #isCurrent: () => boolean;

  constructor(accounts: Accounts, clock: Clock, revocations: Revocations, isCurrent = () => true) {
    this.#accounts = accounts;
    this.#clock = clock;
    this.#revocations = revocations;
    this.#isCurrent = isCurrent;
    this.#cache = new IdentityCache(clock, revocations);
  }

  async authenticate({ token }: Credential): Promise<Identity | undefined> {
    if (token.length > LONGEST_SECRET) return undefined;
    const cached = this.#cache.get(token);
    if (cached !== undefined) {
      if (this.#cache.isExpired(cached)) {
        this.#cache.delete(token);
        return undefined;
      }
      // A report must be accepted while the database is away, and may not do anything that a revoked token must not do.
      if (cached.kind === 'agent' || this.#isCurrent()) return cached;
    }
    const hash = hashToken(token);
    const ask = () => (token.startsWith(AGENT_TOKEN_PREFIX) ? this.#agent(hash) : this.#user(hash));
    return this.#cache.read(token, ask);
  }

  onRevoked(listener: (gone: Revocation) => void): () => void {
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
    return this.#cache.isExpired(identity) ? undefined : identity;
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
