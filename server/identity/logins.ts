/** From a proof to a token, by Keystone's rules. Every refusal reads the same, whatever was wrong. */
import type { Clock, Duration, Instant } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import {
  type Accounts,
  type ApplicationCredential,
  DEFAULT_DOMAIN,
  type Scope,
  type Token,
  type User,
} from './accounts.ts';
import type { GuessBrake } from './guess-brake.ts';
import type { Passwords } from './passwords.ts';
import type { Revocations } from './revocations.ts';
import { hashToken, newSecret, type RandomBytes, TOKEN_PREFIX } from './secrets.ts';
import { accessTo, isGood, type ResolvedToken, resolveToken } from './tokens.ts';

export interface DomainRef {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}
/** By id, or by name within a domain. */
export interface NamedRef {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly domain?: DomainRef | undefined;
}

export type Proof =
  | { readonly method: 'password'; readonly user: NamedRef; readonly password: string }
  | { readonly method: 'token'; readonly token: string }
  | {
      readonly method: 'application_credential';
      readonly id?: string | undefined;
      readonly name?: string | undefined;
      readonly user?: NamedRef | undefined;
      readonly secret: string;
    };

/** `default`: the user's default project if it can be had, else unscoped. */
export type WantedScope =
  | { readonly to: 'default' | 'unscoped' | 'system' }
  | { readonly to: 'project'; readonly project: NamedRef }
  | { readonly to: 'domain'; readonly domain: DomainRef };

export interface Issue {
  readonly secret: string;
  readonly resolved: ResolvedToken;
}

/** What one proof showed. */
interface Shown {
  readonly user: User;
  readonly credential?: ApplicationCredential | undefined;
  readonly parent?: Token;
}

const TRIM_EVERY_MS = 10 * 60_000;

export interface LoginsOptions {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly brake: GuessBrake;
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
    const { accounts, clock, lifetime } = this.#with;
    const shown: Shown[] = [];
    for (const proof of proofs) shown.push(await this.#show(proof, wanted, address));
    const user = shown[0]?.user;
    if (user === undefined || shown.some((other) => other.user.id !== user.id)) throw refused();
    const credential = shown.find((one) => one.credential !== undefined)?.credential;
    const parent = shown.find((one) => one.parent !== undefined)?.parent;
    const scope = await this.#scopeFor(user, wanted, credential);
    const access = scope === null ? undefined : await accessTo(accounts, user, scope, credential);
    if (scope !== null && access === undefined) throw refused();
    const now = clock.now();
    const secret = newSecret(TOKEN_PREFIX, this.#with.random);
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
        credential?.expiresAt ?? Number.MAX_SAFE_INTEGER,
      ),
    };
    await accounts.putToken(token);
    await this.#trim(now);
    const { project, roles } = access ?? { project: undefined, roles: [] };
    return { secret, resolved: { token, user, project, roles, credential } };
  }

  /**
   * Whose password it is.
   * @throws DomainError `unauthorized`
   * @throws TooManyGuesses
   */
  async provePassword(who: NamedRef, password: string, address: string | undefined): Promise<User> {
    const { brake, passwords } = this.#with;
    const user = await this.#user(who);
    const succeeded = await brake.attempt(user?.id ?? who.id ?? who.name ?? '', address);
    const right = await passwords.verify(password, user?.passwordHash);
    if (!right || user === undefined || !user.enabled) throw refused();
    succeeded();
    if (passwords.isOutdated(user.passwordHash)) await this.#rehash(user, password);
    return user;
  }

  /** What a token is worth now; undefined if nothing. */
  async resolve(token: string): Promise<ResolvedToken | undefined> {
    const { accounts, clock } = this.#with;
    return resolveToken(accounts, await accounts.token(hashToken(token)), clock.now());
  }

  async revoke({ token }: ResolvedToken): Promise<void> {
    await this.#with.accounts.removeToken(token.hash);
    const projectId = token.scope?.on === 'project' ? token.scope.id : undefined;
    this.#with.revocations.ended({ userId: token.userId, ...(projectId === undefined ? {} : { projectId }) });
  }

  async #show(proof: Proof, wanted: WantedScope, address: string | undefined): Promise<Shown> {
    switch (proof.method) {
      case 'password':
        return { user: await this.provePassword(proof.user, proof.password, address) };
      case 'token':
        return this.#byToken(proof.token, wanted);
      case 'application_credential':
        return this.#byCredential(proof, wanted, address);
    }
  }

  /** The same password at today's cost: no token ends for it. */
  async #rehash(proved: User, password: string): Promise<void> {
    const { accounts, passwords } = this.#with;
    const passwordHash = await passwords.hash(password);
    const user = await accounts.user(proved.id);
    if (user?.passwordHash === proved.passwordHash) await accounts.putUser({ ...user, passwordHash });
  }

  async #byToken(secret: string, wanted: WantedScope): Promise<Shown> {
    const parent = await this.resolve(secret);
    if (parent === undefined) throw refused();
    const { token, user, credential } = parent;
    if (credential !== undefined && wanted.to !== 'default') {
      throw new DomainError(
        'forbidden',
        'A token of an application credential cannot be given another scope.',
      );
    }
    if (token.scope?.on === 'system' && (wanted.to === 'project' || wanted.to === 'domain')) {
      throw new DomainError('forbidden', 'A system-scoped token cannot be exchanged for a narrower one.');
    }
    return { user, credential, parent: token };
  }

  async #byCredential(
    proof: Proof & { method: 'application_credential' },
    wanted: WantedScope,
    address: string | undefined,
  ): Promise<Shown> {
    const { accounts, brake, passwords, clock } = this.#with;
    if (wanted.to !== 'default') {
      throw new DomainError('unauthorized', 'Application credentials cannot request a scope.');
    }
    const credential = await this.#credential(proof);
    const succeeded = await brake.attempt(`credential ${credential?.id ?? proof.id ?? proof.name}`, address);
    const right = await passwords.verify(proof.secret, credential?.secretHash);
    const user = credential && (await accounts.user(credential.userId));
    if (!right || !user?.enabled || !isGood(credential, clock.now())) throw refused();
    succeeded();
    return { user, credential };
  }

  async #credential(
    proof: Proof & { method: 'application_credential' },
  ): Promise<ApplicationCredential | undefined> {
    const { accounts } = this.#with;
    if (proof.id !== undefined) return accounts.applicationCredential(proof.id);
    const user = proof.user && (await this.#user(proof.user));
    const held = user === undefined ? [] : await accounts.applicationCredentials(user.id);
    return held.find(({ name }) => name === proof.name);
  }

  async #user({ id, name, domain }: NamedRef): Promise<User | undefined> {
    if (id !== undefined) return this.#with.accounts.user(id);
    return name !== undefined && isOurs(domain) ? this.#with.accounts.userNamed(name) : undefined;
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

function isOurs(domain: DomainRef | undefined): boolean {
  if (domain?.id !== undefined) return domain.id === DEFAULT_DOMAIN.id;
  return domain?.name?.toLowerCase() === DEFAULT_DOMAIN.name.toLowerCase();
}

/** One text for all: who asks learns nothing of what exists. */
export function refused(): DomainError {
  return new DomainError('unauthorized', 'The request you have made requires authentication.');
}
