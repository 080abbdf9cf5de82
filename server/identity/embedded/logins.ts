/** From a proof to a token, by Keystone's rules. Every refusal reads the same, whatever was wrong. */
import type { Clock, Duration, Instant } from '../../domain/clock.ts';
import {
  type Accounts,
  type ApplicationCredential,
  DEFAULT_DOMAIN,
  type Scope,
  type Token,
  type User,
} from '../accounts.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { hashToken, newSecret, type RandomBytes, TOKEN_PREFIX } from '../tokens/secrets.ts';
import { accessTo, type ResolvedToken } from '../tokens/tokens.ts';
import {
  isOurs,
  type Proof,
  type Proofs,
  refused,
  type Shown,
  type WantedScope,
} from './verify-credentials.ts';

export interface Issue {
  readonly secret: string;
  readonly resolved: ResolvedToken;
}

const TRIM_EVERY_MS = 10 * 60_000;

/** How often a login begins anew because something was taken from the user meanwhile. */
const MAX_ATTEMPTS = 3;

export interface LoginsOptions {
  readonly accounts: Accounts;
  readonly proofs: Proofs;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly lifetime: Duration;
}

export class Logins {
  readonly #with: LoginsOptions;
  #trimmedAt: Instant | undefined;

  constructor(options: LoginsOptions) {
    this.#with = options;
  }

  /**
   * @throws DomainError `unauthorized`, or `forbidden` for a token that may not be exchanged for this one
   * @throws TooManyGuesses
   */
  async logIn(proofs: readonly Proof[], wanted: WantedScope, address: string | undefined): Promise<Issue> {
    const { accounts, revocations } = this.#with;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const ended = new Set<string | undefined>();
      const stop = revocations.onEnded(({ userId }) => ended.add(userId));
      try {
        const issue = await this.#attempt(proofs, wanted, address);
        const { token } = issue.resolved;
        if (!ended.has(undefined) && !ended.has(token.userId)) return issue;
        // A password may have changed while the old one was being checked: what it gave must not outlive it.
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
    this.#with.revocations.ended({ userId: token.userId, ...(projectId === undefined ? {} : { projectId }) });
  }

  async #attempt(proofs: readonly Proof[], wanted: WantedScope, address: string | undefined): Promise<Issue> {
    const { accounts, clock, lifetime, random } = this.#with;
    const shown: Shown[] = [];
    for (const proof of proofs) shown.push(await this.#with.proofs.show(proof, wanted, address));
    const user = shown[0]?.user;
    if (user === undefined || shown.some((other) => other.user.id !== user.id)) throw refused();
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
    await accounts.putToken(token);
    await this.#trim(now);
    const { project, roles } = access ?? { project: undefined, roles: [] };
    return { secret, resolved: { token, user, project, roles, credential } };
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
        const named = name !== undefined && isOurs(domain) ? await accounts.projectNamed(name) : undefined;
        const projectId = id ?? named?.id;
        if (projectId === undefined) throw refused();
        return { on: 'project', id: projectId };
      }
      case 'default': {
        if (user.defaultProjectId === null) return null;
        const scope: Scope = { on: 'project', id: user.defaultProjectId };
        return (await accessTo(accounts, user, scope)) === undefined ? null : scope;
      }
    }
  }

  /** Expired tokens go when somebody logs in: who never does leaves none behind. */
  async #trim(now: Instant): Promise<void> {
    if (this.#trimmedAt !== undefined && now - this.#trimmedAt < TRIM_EVERY_MS) return;
    this.#trimmedAt = now;
    await this.#with.accounts.removeTokensExpired(now);
  }

  #auditId(): string {
    return Buffer.from(this.#with.random(16)).toString('base64url');
  }
}
