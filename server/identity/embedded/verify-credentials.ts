/** Who is it? Each way of proving it ends here, in a user or in one and the same refusal. */
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import {
  type Accounts,
  type ApplicationCredential,
  DEFAULT_DOMAIN,
  type Token,
  type User,
} from '../accounts.ts';
import { hashToken } from '../tokens/secrets.ts';
import { isGood, type ResolvedToken, resolveToken } from '../tokens/tokens.ts';
import type { GuessBrake } from './login-throttle.ts';
import type { Passwords } from './passwords.ts';

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

/** What one proof showed. */
export interface Shown {
  readonly user: User;
  readonly credential?: ApplicationCredential | undefined;
  readonly parent?: Token;
}

export interface ProofsOptions {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly brake: GuessBrake;
  readonly clock: Clock;
}

export class Proofs {
  readonly #with: ProofsOptions;

  constructor(options: ProofsOptions) {
    this.#with = options;
  }

  /**
   * @throws DomainError `unauthorized`, or `forbidden` for a token that may not be exchanged for this one, `not_found` for
   * one that is none
   * @throws TooManyGuesses
   */
  async show(proof: Proof, wanted: WantedScope, address: string | undefined): Promise<Shown> {
    switch (proof.method) {
      case 'password':
        return { user: await this.password(proof.user, proof.password, address) };
      case 'token':
        return this.#byToken(proof.token, wanted);
      case 'application_credential':
        return this.#byCredential(proof, wanted, address);
    }
  }

  /**
   * Whose password it is.
   * @throws DomainError `unauthorized`
   * @throws TooManyGuesses
   */
  async password(who: NamedRef, password: string, address: string | undefined): Promise<User> {
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

  /** The same password at today's cost: no token ends for it. */
  async #rehash(proved: User, password: string): Promise<void> {
    const { accounts, passwords } = this.#with;
    const passwordHash = await passwords.hash(password);
    const user = await accounts.user(proved.id);
    if (user?.passwordHash === proved.passwordHash) await accounts.putUser({ ...user, passwordHash });
  }

  async #byToken(secret: string, wanted: WantedScope): Promise<Shown> {
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
}

export function isOurs(domain: DomainRef | undefined): boolean {
  if (domain?.id !== undefined) return domain.id === DEFAULT_DOMAIN.id;
  return domain?.name?.toLowerCase() === DEFAULT_DOMAIN.name.toLowerCase();
}

/** The message must not repeat the token. */
export function noSuchToken(): DomainError {
  return new DomainError('not_found', 'Could not find token.');
}

/** One text for all: who asks learns nothing of what exists. */
export function refused(): DomainError {
  return new DomainError('unauthorized', 'The request you have made requires authentication.');
}
