/** Verifies credentials. Every login method ends here, in a user or in the same refusal. */
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import {
  type Accounts,
  type ApplicationCredential,
  DEFAULT_DOMAIN,
  type Token,
  type User,
} from '../../ports/accounts.ts';
import { hashToken } from '../tokens/secrets.ts';
import { isGood, type ResolvedToken, resolveToken } from '../tokens/tokens.ts';
import { digestOf } from './failure-table.ts';
import type { Caller, LoginThrottle } from './login-throttle.ts';
import type { Passwords } from './passwords.ts';

export interface DomainRef {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}
/** By name within a domain, else by id. Where both are given the name decides (Keystone). */
export interface NamedRef {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly domain?: DomainRef | undefined;
}

export type LoginProof =
  | { readonly method: 'password'; readonly user: NamedRef; readonly password: string }
  | { readonly method: 'token'; readonly token: string }
  | {
      readonly method: 'application_credential';
      readonly id?: string | undefined;
      readonly name?: string | undefined;
      readonly user?: NamedRef | undefined;
      readonly secret: string;
    };

/** `default`: the user's default project if the user can use it, else unscoped. */
export type WantedScope =
  | { readonly to: 'default' | 'unscoped' | 'system' }
  | { readonly to: 'project'; readonly project: NamedRef }
  | { readonly to: 'domain'; readonly domain: DomainRef };

/** The result of one verified proof. */
export interface ProvenUser {
  readonly user: User;
  readonly credential?: ApplicationCredential | undefined;
  readonly parent?: Token;
}

export interface CredentialVerifierOptions {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly clock: Clock;
}

export class CredentialVerifier {
  readonly #with: CredentialVerifierOptions;

  constructor(options: CredentialVerifierOptions) {
    this.#with = options;
  }

  /**
   * @throws DomainError `unauthorized`, `forbidden` for a token that may not be exchanged for this one, `not_found` for
   * an unknown token, `too_many` for guesses, `unavailable` under overload
   */
  async show(proof: LoginProof, wanted: WantedScope, from: Caller): Promise<ProvenUser> {
    switch (proof.method) {
      case 'password':
        return { user: await this.password(proof.user, proof.password, from) };
      case 'token':
        return this.#byToken(proof.token, wanted);
      case 'application_credential':
        return this.#byCredential(proof, wanted, from);
    }
  }

  /**
   * Finds the user with this password.
   * @throws DomainError `unauthorized`, `too_many` for guesses, `unavailable` under overload
   */
  async password(who: NamedRef, password: string, from: Caller = {}): Promise<User> {
    const { throttle, passwords } = this.#with;
    const user = await this.#user(who);
    const account = accountOf(user, who);
    const whose = { key: account, signal: from.signal };
    const proved = await throttle.attempt(account, from, async () => {
      const right = await passwords.verify(password, user?.passwordHash, whose);
      return right && user?.enabled ? user : undefined;
    });
    if (proved === undefined || user === undefined) throw refused();
    if (passwords.isOutdated(user.passwordHash)) await this.#rehash(user, password);
    return user;
  }

  /** What a token is worth now; undefined if it is worth nothing. */
  async resolve(token: string): Promise<ResolvedToken | undefined> {
    const { accounts, clock } = this.#with;
    return resolveToken(accounts, await accounts.token(hashToken(token)), clock.now());
  }

  /** Hashes the same password again at today's cost: no token ends for it. */
  async #rehash({ id, passwordHash: proved }: User, password: string): Promise<void> {
    const { accounts, passwords } = this.#with;
    if (proved !== null) await accounts.replacePasswordHash(id, proved, await passwords.hash(password));
  }

  async #byToken(secret: string, wanted: WantedScope): Promise<ProvenUser> {
    const parent = await this.resolve(secret);
    if (parent === undefined) throw noSuchToken();
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
    proof: LoginProof & { method: 'application_credential' },
    wanted: WantedScope,
    from: Caller,
  ): Promise<ProvenUser> {
    const { accounts, throttle, passwords, clock } = this.#with;
    if (wanted.to !== 'default') {
      throw new DomainError('unauthorized', 'Application credentials cannot request a scope.');
    }
    const owner = proof.id === undefined && proof.user ? await this.#user(proof.user) : undefined;
    const credential = await this.#credential(proof, owner);
    const account = credentialAccountOf(credential, owner, proof);
    const whose = { key: account, signal: from.signal };
    const user = await throttle.attempt(account, from, async () => {
      const right = await passwords.verify(proof.secret, credential?.secretHash, whose);
      const owner = credential && (await accounts.user(credential.userId));
      return right && owner?.enabled && isGood(credential, clock.now()) ? owner : undefined;
    });
    if (user === undefined) throw refused();
    return { user, credential };
  }

  async #credential(
    proof: LoginProof & { method: 'application_credential' },
    owner: User | undefined,
  ): Promise<ApplicationCredential | undefined> {
    const { accounts } = this.#with;
    if (proof.id !== undefined) return accounts.applicationCredential(proof.id);
    const existing = owner === undefined ? [] : await accounts.applicationCredentials(owner.id);
    return existing.find(({ name }) => name === proof.name);
  }

  async #user({ id, name, domain }: NamedRef): Promise<User | undefined> {
    if (name) return isOurs(domain) ? this.#with.accounts.userNamed(name) : undefined;
    return id ? this.#with.accounts.user(id) : undefined;
  }
}

/**
 * The throttle's key of an account: the same whether an existing user is given by id or by name. For a missing user, an
 * id and a name are two accounts, as they would be of two users.
 */
function accountOf(user: User | undefined, { id = '', name, domain }: NamedRef): string {
  if (user !== undefined) return digestOf('user', user.id);
  if (!name) return digestOf('user', id);
  return isOurs(domain)
    ? digestOf('name', name)
    : digestOf('name', name, domain?.name ? domain.name.toLowerCase() : `id ${domain?.id}`);
}

function credentialAccountOf(
  credential: ApplicationCredential | undefined,
  owner: User | undefined,
  proof: LoginProof & { method: 'application_credential' },
): string {
  const known = credential?.id ?? proof.id;
  if (known !== undefined) return digestOf('credential', known);
  return digestOf('credential of', accountOf(owner, proof.user ?? {}), proof.name ?? '');
}

export function isOurs(domain: DomainRef | undefined): boolean {
  if (domain?.name) return domain.name.toLowerCase() === DEFAULT_DOMAIN.name.toLowerCase();
  return domain?.id === DEFAULT_DOMAIN.id;
}

/** The message must not repeat the token. */
export function noSuchToken(): DomainError {
  return new DomainError('not_found', 'Could not find token.');
}

/** One text for all refusals: the caller does not learn which accounts exist. */
export function refused(): DomainError {
  return new DomainError('unauthorized', 'The request you have made requires authentication.');
}
