/** Credentials that outlive a login: agents' tokens and application credentials. Each secret is shown once. */
import type { Clock, Instant } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import {
  type AccessRule,
  type Accounts,
  type AgentToken,
  type ApplicationCredential,
  credentialLimit,
  type Role,
} from '../../ports/accounts.ts';
import type { Revocations } from '../tokens/revocations.ts';
import {
  AGENT_TOKEN_PREFIX,
  CREDENTIAL_PREFIX,
  hashToken,
  newId,
  newSecret,
  type RandomBytes,
} from '../tokens/secrets.ts';
import type { Passwords } from './passwords.ts';

export interface NewApplicationCredential {
  readonly userId: string;
  readonly projectId: string;
  readonly name: string;
  readonly description: string | null;
  readonly roles: readonly Role[];
  readonly unrestricted: boolean;
  readonly expiresAt: Instant | null;
  /** A rule with an id belongs to another credential, and keeps its id. */
  readonly accessRules: readonly (Omit<AccessRule, 'id'> & { readonly id?: string })[] | null;
  /** Generated where none is given. */
  readonly secret?: string | undefined;
}

export interface IssuedSecretsOptions {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Limit of application credentials for one user. */
  readonly maxCredentials: number;
}

export class IssuedSecrets {
  readonly #with: IssuedSecretsOptions;

  constructor(options: IssuedSecretsOptions) {
    this.#with = options;
  }

  /** @throws DomainError `invalid` if no host is given, or an expiry that has passed */
  async issueAgentToken(from: {
    readonly label: string;
    readonly hosts: readonly string[];
    readonly expiresAt?: Instant | null;
  }): Promise<{ readonly secret: string; readonly token: AgentToken }> {
    if (from.hosts.length === 0) {
      throw new DomainError('invalid', 'hosts: name at least one host, or "*" for any');
    }
    const expiresAt = from.expiresAt ?? null;
    this.#refuseThePast(expiresAt);
    const secret = newSecret(AGENT_TOKEN_PREFIX, this.#with.random);
    const token: AgentToken = {
      id: newId(this.#with.random),
      hash: hashToken(secret),
      label: from.label,
      hosts: from.hosts,
      createdAt: this.#with.clock.now(),
      expiresAt,
    };
    await this.#with.accounts.putAgentToken(token);
    return { secret, token };
  }

  /** @throws DomainError `not_found` */
  async revokeAgentToken(id: string): Promise<void> {
    if (!(await this.#with.accounts.removeAgentToken(id))) {
      throw new DomainError('not_found', `There is no agent token ${id}`);
    }
    this.#with.revocations.ended({ userId: id });
  }

  /**
   * @throws DomainError `conflict` if the user has one with that name, `invalid` for an expiry that has passed,
   * `forbidden` above the limit
   */
  async issueApplicationCredential(
    { secret, roles, accessRules, ...from }: NewApplicationCredential,
    signal?: AbortSignal,
  ): Promise<{
    readonly secret: string;
    readonly credential: ApplicationCredential;
  }> {
    this.#refuseThePast(from.expiresAt);
    const existing = await this.#with.accounts.applicationCredentials(from.userId);
    // The write checks this again; checking here saves the hashing.
    if (existing.length >= this.#with.maxCredentials) throw credentialLimit(this.#with.maxCredentials);
    const chosen = secret ?? newSecret(CREDENTIAL_PREFIX, this.#with.random);
    const credential: ApplicationCredential = {
      ...from,
      id: newId(this.#with.random),
      roleIds: roles.map(({ id }) => id),
      accessRules: accessRules?.map((rule) => ({ id: newId(this.#with.random), ...rule })) ?? null,
      secretHash: await this.#with.passwords.hash(chosen, { key: `credentials of ${from.userId}`, signal }),
    };
    await this.#with.accounts.putApplicationCredential(credential, this.#with.maxCredentials);
    return { secret: chosen, credential };
  }

  async revokeApplicationCredential({ id, userId, projectId }: ApplicationCredential): Promise<void> {
    await this.#with.accounts.removeApplicationCredential(id);
    this.#with.revocations.ended({ userId, projectId });
  }

  #refuseThePast(expiresAt: Instant | null): void {
    if (expiresAt !== null && expiresAt <= this.#with.clock.now()) {
      throw new DomainError('invalid', 'expires_at: must be in the future');
    }
  }
}
