/** Exchanges a proof for a token, by Keystone's rules. Every refusal has the same text, whatever was wrong. */
import type { Clock, Duration, Instant } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import { FairQueue } from '../../limits/fair-queue.ts';
import {
  type Accounts,
  type ApplicationCredential,
  DEFAULT_DOMAIN,
  type Scope,
  type Token,
  type User,
} from '../../ports/accounts.ts';
import { systemTimers } from '../../timers.ts';
import { MintRate } from '../tokens/mint-rate.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { hashToken, newSecret, type RandomBytes, TOKEN_PREFIX } from '../tokens/secrets.ts';
import { accessTo, type ResolvedToken } from '../tokens/tokens.ts';
import { TOKENS_AT_ONCE } from './directory.ts';
import type { Caller } from './login-throttle.ts';
import {
  type CredentialVerifier,
  isOurs,
  type LoginProof,
  type ProvenUser,
  refused,
  type WantedScope,
} from './verify-credentials.ts';

export interface Issue {
  readonly secret: string;
  readonly resolved: ResolvedToken;
}

const TRIM_EVERY_MS = 10 * 60_000;

/** How often a login starts over because the user lost a right meanwhile. */
const MAX_ATTEMPTS = 3;

export interface LoginsOptions {
  readonly accounts: Accounts;
  readonly verifier: CredentialVerifier;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly lifetime: Duration;
  /** Limit of live tokens for one user. */
  readonly maxTokens: number;
}

interface MintedToken {
  readonly issue: Issue;
  /** Hashes of the user's oldest tokens, which ended to make space for this one. */
  readonly evicted: readonly string[];
}

/** Bounds the rate, because each token is a write that all other writes wait for. */
const MINTING = { running: 1, runningPerKey: 1, waiting: 256, waitingPerKey: 32, what: 'logins' };

export class Logins {
  readonly #with: LoginsOptions;
  readonly #rate: MintRate;
  readonly #minting = new FairQueue(MINTING);
  #trimmedAt: Instant | undefined;

  constructor(options: LoginsOptions) {
    this.#with = options;
    this.#rate = new MintRate(options.clock);
  }

  /**
   * @throws DomainError `unauthorized`, `forbidden` for a token that may not be exchanged for this one, `too_many` for
   * guesses or tokens, `unavailable` under overload
   */
  async logIn(proofs: readonly LoginProof[], wanted: WantedScope, from: Caller = {}): Promise<Issue> {
    const { accounts, revocations } = this.#with;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const ended = new Set<string | undefined>();
      const stop = revocations.onEnded(({ userId, tokens }) => {
        if (tokens === undefined || proofs.some((proof) => provenBy(proof, tokens))) ended.add(userId);
      });
      try {
        const { issue, evicted } = await this.#attempt(proofs, wanted, from);
        const { token } = issue.resolved;
        if (!ended.has(undefined) && !ended.has(token.userId)) {
          stop();
          if (evicted.length > 0) revocations.ended({ userId: token.userId, tokens: evicted });
          return issue;
        }
        // The password may change while the old one is being checked: the old one must not yield a token then.
        await accounts.removeToken(token.hash);
      } finally {
        stop();
      }
    }
    throw refused();
  }

  async revoke({ token }: ResolvedToken): Promise<void> {
    await this.#with.accounts.removeToken(token.hash);
    const projectId = token.scope?.on === 'project' ? token.scope.id : undefined;
    this.#with.revocations.ended({
      userId: token.userId,
      ...(projectId === undefined ? {} : { projectId }),
      tokens: [token.hash],
    });
  }

  async #attempt(proofs: readonly LoginProof[], wanted: WantedScope, from: Caller): Promise<MintedToken> {
    const shown: ProvenUser[] = [];
    for (const proof of proofs) shown.push(await this.#with.verifier.show(proof, wanted, from));
    const user = shown[0]?.user;
    if (user === undefined || shown.some((other) => other.user.id !== user.id)) throw refused();
    const wait = this.#rate.take(user.id);
    if (wait > 0)
      throw new DomainError('too_many', 'Too many tokens were requested; use each until it expires', {
        retryAfterMs: wait,
      });
    return this.#minting.run(user.id, () => this.#mint(proofs, shown, user, wanted), from.signal);
  }

  async #mint(
    proofs: readonly LoginProof[],
    shown: readonly ProvenUser[],
    user: User,
    wanted: WantedScope,
  ): Promise<MintedToken> {
    const { accounts, clock, lifetime, random, maxTokens } = this.#with;
    const credential = shown.find((one) => one.credential !== undefined)?.credential;
    const parent = shown.find((one) => one.parent !== undefined)?.parent;
    const scope = await this.#scopeFor(user, wanted, credential);
    const access = scope === null ? undefined : await accessTo(accounts, user, scope, credential);
    if (scope !== null && access === undefined) throw refused();
    const now = clock.now();
    const secret = newSecret(TOKEN_PREFIX, random);
    const chain = parent?.auditIds.at(-1);
    const token: Token = {
      hash: hashToken(secret),
      userId: user.id,
      scope,
      methods: [...new Set([...proofs.map(({ method }) => method), ...(parent?.methods ?? [])])],
      auditIds: [this.#auditId(), ...(chain === undefined ? [] : [chain])],
      applicationCredentialId: credential?.id ?? null,
      issuedAt: now,
      expiresAt: Math.min(
        parent?.expiresAt ?? now + lifetime,
        Math.floor(credential?.expiresAt ?? Number.MAX_SAFE_INTEGER),
      ),
    };
    const evicted = await accounts.putToken(token, maxTokens);
    await this.#trim(now);
    // Requests that have already arrived go first.
    await systemTimers.nextTurn();
    const { project, roles } = access ?? { project: undefined, roles: [] };
    return { issue: { secret, resolved: { token, user, project, roles, credential } }, evicted };
  }

  async #scopeFor(
    user: User,
    wanted: WantedScope,
    credential: ApplicationCredential | undefined,
  ): Promise<Scope | null> {
    const { accounts } = this.#with;
    if (credential !== undefined) return { on: 'project', id: credential.projectId };
    switch (wanted.to) {
      case 'unscoped':
        return null;
      case 'system':
        return { on: 'system' };
      case 'domain':
        if (!isOurs(wanted.domain)) throw refused();
        return { on: 'domain', id: DEFAULT_DOMAIN.id };
      case 'project': {
        const { id, name, domain } = wanted.project;
        const named = name && isOurs(domain) ? await accounts.projectNamed(name) : undefined;
        const projectId = name ? named?.id : id;
        if (!projectId) throw refused();
        return { on: 'project', id: projectId };
      }
      case 'default': {
        if (user.defaultProjectId === null) return null;
        const scope: Scope = { on: 'project', id: user.defaultProjectId };
        return (await accessTo(accounts, user, scope)) === undefined ? null : scope;
      }
    }
  }

  /** The next login removes expired tokens; where there are many, each of the next ones removes some. */
  async #trim(now: Instant): Promise<void> {
    if (this.#trimmedAt !== undefined && now - this.#trimmedAt < TRIM_EVERY_MS) return;
    this.#trimmedAt = now;
    const removed = await this.#with.accounts.removeTokensExpired(now, TOKENS_AT_ONCE);
    if (removed === TOKENS_AT_ONCE) this.#trimmedAt = undefined;
  }

  #auditId(): string {
    return Buffer.from(this.#with.random(16)).toString('base64url');
  }
}

function provenBy(proof: LoginProof, tokens: readonly string[]): boolean {
  return proof.method === 'token' && tokens.includes(hashToken(proof.token));
}
