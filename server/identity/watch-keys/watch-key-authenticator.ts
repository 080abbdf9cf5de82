/**
 * Authenticates watch keys in every deployment, and passes every other token to the next authenticator. A key is looked
 * up in hostbeat's own database alone, so that an owner gets back in while Keystone or the issuer is away.
 */
import type { Clock } from '../../domain/clock.ts';
import type { WatchKey, WatchKeyStore } from '../../ports/watch-key-store.ts';
import { digestOf } from '../embedded/failure-table.ts';
import type { LoginThrottle } from '../embedded/login-throttle.ts';
import type { Authenticator, Credential, Identity } from '../identity.ts';
import { IdentityCache } from '../tokens/identity-cache.ts';
import type { Revocation, Revocations } from '../tokens/revocations.ts';
import { hashToken, newSecret, WATCH_KEY_PREFIX } from '../tokens/secrets.ts';
import type { LastUse } from './last-use.ts';

const LENGTH = newSecret(WATCH_KEY_PREFIX, (size) => new Uint8Array(size)).length;

export interface WatchKeyAuthenticatorOptions {
  /** For every token that is not a watch key. */
  readonly others: Authenticator;
  readonly keys: Pick<WatchKeyStore, 'byHash'>;
  /** Whether a project may be used now; where an external service keeps the projects, `suspendedAt` says it. */
  readonly isProjectEnabled: (projectId: string) => Promise<boolean>;
  readonly revocations: Revocations;
  readonly lastUse: LastUse;
  readonly throttle: LoginThrottle;
  readonly clock: Clock;
  /** Whether this process learns without delay what other nodes revoke. */
  readonly isCurrent: () => boolean;
}

export class WatchKeyAuthenticator implements Authenticator {
  declare readonly longestToken?: number;
  declare readonly challenge?: string;
  readonly #with: WatchKeyAuthenticatorOptions;
  readonly #cache: IdentityCache;

  constructor(options: WatchKeyAuthenticatorOptions) {
    this.#with = options;
    const { longestToken, challenge } = options.others;
    if (longestToken !== undefined) this.longestToken = longestToken;
    if (challenge !== undefined) this.challenge = challenge;
    this.#cache = new IdentityCache(options.clock, options.revocations);
  }

  /** A valid key never waits, so that guesses cannot lock its owner out. */
  authenticate(credential: Credential): Promise<Identity | undefined> {
    return credential.token.startsWith(WATCH_KEY_PREFIX)
      ? this.#byKey(credential)
      : this.#with.others.authenticate(credential);
  }

  async #byKey({ token, address }: Credential): Promise<Identity | undefined> {
    const { throttle, lastUse } = this.#with;
    const found = token.length === LENGTH ? await this.#find(token) : undefined;
    if (found !== undefined) {
      lastUse.note(found.userId);
      return found;
    }
    const guess = digestOf('watch key', token.slice(0, LENGTH));
    return throttle.attempt<Identity>(guess, { address }, async () => undefined);
  }

  onRevoked(listener: (gone: Revocation) => void, relying?: () => Iterable<Identity>): () => void {
    const { others, lastUse } = this.#with;
    const stop = others.onRevoked(listener, relying);
    const stopNoting = relying === undefined ? () => undefined : lastUse.follow(relying);
    return () => {
      stop();
      stopNoting();
    };
  }

  async #find(token: string): Promise<Identity | undefined> {
    const cached = this.#cache.get(token);
    if (cached !== undefined && !this.#cache.isExpired(cached) && this.#with.isCurrent()) return cached;
    this.#cache.delete(token);
    return this.#cache.read(token, () => this.#read(token));
  }

  async #read(token: string): Promise<Identity | undefined> {
    const { keys, isProjectEnabled } = this.#with;
    const key = await keys.byHash(hashToken(token));
    if (key === undefined || key.suspendedAt !== null) return undefined;
    const identity = watchIdentity(key);
    if (this.#cache.isExpired(identity) || !(await isProjectEnabled(key.projectId))) return undefined;
    return identity;
  }
}

/** The key's id takes the place of a user id: logs and revocations name it. */
function watchIdentity(key: WatchKey): Identity {
  return {
    kind: 'watch',
    userId: key.id,
    userName: key.name,
    userDomainId: undefined,
    projectId: key.projectId,
    projectName: null,
    projectDomainId: undefined,
    roles: key.roles,
    expiresAt: key.expiresAt,
    hosts: [],
    ...(key.servers === null ? {} : { servers: key.servers }),
    ...(key.mayDrill ? { mayDrill: true } : {}),
  };
}
