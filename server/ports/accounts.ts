/**
 * PORT. The embedded identity's data: projects, users, what roles who has where, and the proofs that were handed out.
 * Rules are not here. Secrets come in hashed and there is no way to have them back. Answers are asynchronous so that a
 * database across a network can stand behind the same port; `tests/contract/accounts.contract.ts` says what an adapter
 * must do.
 */
import type { Instant } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';

/** The one domain there is, under the id and name that every client assumes (Keystone). */
export const DEFAULT_DOMAIN = { id: 'default', name: 'Default' } as const;

export interface Project {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
}

export interface User {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  readonly description: string | null;
  readonly email: string | null;
  readonly enabled: boolean;
  readonly defaultProjectId: string | null;
  /** As passwords.ts writes it; null: cannot log in by password. */
  readonly passwordHash: string | null;
}

export interface Role {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  readonly description: string | null;
}

/** On what a role is held, and for what a token is good. */
export type Scope =
  | { readonly on: 'project'; readonly id: string }
  | { readonly on: 'domain'; readonly id: string }
  | { readonly on: 'system' };

export interface Assignment {
  readonly userId: string;
  readonly roleId: string;
  readonly scope: Scope;
}

/** What a user proved, once. */
export interface Token {
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly userId: string;
  /** Null: unscoped. */
  readonly scope: Scope | null;
  readonly methods: readonly string[];
  /** Its own, then the first one's of its chain (Keystone). */
  readonly auditIds: readonly string[];
  readonly applicationCredentialId: string | null;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

/** A reporter's long-lived token, good for its hosts and nothing else. */
export interface AgentToken {
  readonly id: string;
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly label: string;
  /** `*` alone means any. */
  readonly hosts: readonly string[];
  readonly createdAt: Instant;
  /** Null: good until revoked. */
  readonly expiresAt: Instant | null;
}

/** One kind of request that a token may be used for (Keystone). */
export interface AccessRule {
  readonly id: string;
  /** Type of a service in the catalog, such as `compute`. */
  readonly service: string;
  readonly method: string;
  /** From the root of the service's host. `{tag}` and `*` stand for one segment, `**` for any number of them. */
  readonly path: string;
}

/** A program's own secret with (some of) its user's roles in one project. */
export interface ApplicationCredential {
  readonly id: string;
  readonly userId: string;
  readonly projectId: string;
  /** Unique for the user. */
  readonly name: string;
  readonly description: string | null;
  readonly roleIds: readonly string[];
  readonly unrestricted: boolean;
  /** What requests its tokens are good for, by any of these; null: whatever its roles allow. */
  readonly accessRules: readonly AccessRule[] | null;
  /** As passwords.ts writes it. */
  readonly secretHash: string;
  /** With fractions, down to the microsecond: Keystone gives back what it was given. */
  readonly expiresAt: Instant | null;
}

export interface AssignmentFilter {
  readonly userId?: string;
  readonly roleId?: string;
  readonly scope?: Scope;
}

/** Every given condition must hold. At least one is given. */
export interface TokenFilter {
  readonly userId?: string;
  readonly scope?: Scope;
  readonly applicationCredentialId?: string;
}

/** Who there is and who has which role. Lists are ordered by name, assignments by user, role and scope. */
export interface AccountDirectory {
  project(id: string): Promise<Project | undefined>;
  projectNamed(name: string): Promise<Project | undefined>;
  projects(): Promise<readonly Project[]>;
  /** Adds or replaces. @throws DomainError `conflict` if another one has the name */
  putProject(project: Project): Promise<void>;
  /** Writes these fields alone, so that two changes at once cannot undo each other. @returns it as it is then. @throws as putProject */
  changeProject(id: string, fields: Partial<Omit<Project, 'id'>>): Promise<Project | undefined>;
  /** Takes the assignments, tokens, application credentials and watch keys in it along. @returns whether there was one */
  removeProject(id: string): Promise<boolean>;

  /** All that hangs on the project stays with it. @throws DomainError `conflict` if the new id is in use */
  changeProjectId(id: string, newId: string): Promise<void>;

  user(id: string): Promise<User | undefined>;
  userNamed(name: string): Promise<User | undefined>;
  users(): Promise<readonly User[]>;
  /** Adds or replaces. @throws DomainError `conflict` if another one has the name */
  putUser(user: User): Promise<void>;
  /** As changeProject. */
  changeUser(id: string, fields: Partial<Omit<User, 'id'>>): Promise<User | undefined>;
  /**
   * Another hash of the same password takes the place of `was`. Changes nothing once the user has another password, and
   * ends nothing.
   */
  replacePasswordHash(userId: string, was: string, now: string): Promise<void>;
  /** Takes the user's assignments, tokens and application credentials along. @returns whether there was one */
  removeUser(id: string): Promise<boolean>;

  /** All that hangs on the user stays with it. @throws DomainError `conflict` if the new id is in use */
  changeUserId(id: string, newId: string): Promise<void>;

  roles(): Promise<readonly Role[]>;
  /** Adds or replaces. @throws DomainError `conflict` if another one has the name */
  putRole(role: Role): Promise<void>;
  /** As changeProject. */
  changeRole(id: string, fields: Partial<Omit<Role, 'id'>>): Promise<Role | undefined>;
  /** Takes its assignments along. @returns whether there was one */
  removeRole(id: string): Promise<boolean>;

  assignments(filter: AssignmentFilter): Promise<readonly Assignment[]>;
  /** Idempotent. */
  assign(assignment: Assignment): Promise<void>;
  /** @returns whether it was assigned */
  unassign(assignment: Assignment): Promise<boolean>;
}

/** The directory, and what was issued to those in it. What does not exist is `undefined`. */
export interface Accounts extends AccountDirectory {
  /**
   * Adds it. Where its user then has more than `most` live ones, the oldest go, some more than need to so that this is
   * seldom done. @returns the hashes of those that ended by it
   */
  putToken(token: Token, most?: number): Promise<readonly string[]>;
  token(hash: string): Promise<Token | undefined>;
  removeToken(hash: string): Promise<boolean>;
  removeTokens(filter: TokenFilter): Promise<void>;
  /** Those of users that expired before. @returns how many */
  removeTokensExpired(before: Instant): Promise<number>;

  putAgentToken(token: AgentToken): Promise<void>;
  agentToken(hash: string): Promise<AgentToken | undefined>;
  /** Newest first. */
  agentTokens(): Promise<readonly AgentToken[]>;
  removeAgentToken(id: string): Promise<boolean>;

  applicationCredential(id: string): Promise<ApplicationCredential | undefined>;
  applicationCredentials(userId: string): Promise<readonly ApplicationCredential[]>;
  /** @throws DomainError `conflict` if the user has one of that name, `forbidden` if it has `most` already */
  putApplicationCredential(credential: ApplicationCredential, most?: number): Promise<void>;
  /** Takes its tokens along. @returns whether there was one */
  removeApplicationCredential(id: string): Promise<boolean>;
}

/** Keystone answers its own limit with 403 too. */
export function credentialLimit(most: number): DomainError {
  return new DomainError(
    'forbidden',
    `The user has reached the limit of ${most} application credentials; delete one first`,
  );
}
