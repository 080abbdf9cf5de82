/** Proofs that outlive a login: agents' tokens and application credentials. Each secret is told once. */
import type { Clock, Instant } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Accounts, AgentToken, ApplicationCredential, Role } from '../accounts.ts';
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
  /** Without one it is made. */
  readonly secret?: string | undefined;
}

export class Issued {
  readonly #accounts: Accounts;
  readonly #passwords: Passwords;
  readonly #revocations: Revocations;
  readonly #clock: Clock;
  readonly #random: RandomBytes;

  constructor(
    accounts: Accounts,
    passwords: Passwords,
    revocations: Revocations,
    clock: Clock,
    random: RandomBytes,
  ) {
    this.#accounts = accounts;
    this.#passwords = passwords;
    this.#revocations = revocations;
    this.#clock = clock;
    this.#random = random;
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
    const secret = newSecret(AGENT_TOKEN_PREFIX, this.#random);
    const token: AgentToken = {
      id: newId(this.#random),
      hash: hashToken(secret),
      label: from.label,
      hosts: from.hosts,
      createdAt: this.#clock.now(),
      expiresAt,
    };
    await this.#accounts.putAgentToken(token);
    return { secret, token };
  }

  /** @throws DomainError `not_found` */
  async revokeAgentToken(id: string): Promise<void> {
    if (!(await this.#accounts.removeAgentToken(id))) {
      throw new DomainError('not_found', `There is no agent token ${id}`);
    }
    this.#revocations.ended({ userId: id });
  }

  /** @throws DomainError `conflict` if the user has one of that name, `invalid` for an expiry that has passed */
  async issueApplicationCredential({ secret, roles, ...from }: NewApplicationCredential): Promise<{
    readonly secret: string;
    readonly credential: ApplicationCredential;
  }> {
    this.#refuseThePast(from.expiresAt);
    const chosen = secret ?? newSecret(CREDENTIAL_PREFIX, this.#random);
    const credential: ApplicationCredential = {
      ...from,
      id: newId(this.#random),
      roleIds: roles.map(({ id }) => id),
      secretHash: await this.#passwords.hash(chosen),
    };
    await this.#accounts.putApplicationCredential(credential);
    return { secret: chosen, credential };
  }

  async revokeApplicationCredential({ id, userId, projectId }: ApplicationCredential): Promise<void> {
    await this.#accounts.removeApplicationCredential(id);
    this.#revocations.ended({ userId, projectId });
  }

  #refuseThePast(expiresAt: Instant | null): void {
    if (expiresAt !== null && expiresAt <= this.#clock.now()) {
      throw new DomainError('invalid', 'expires_at: must be in the future');
    }
  }
}
