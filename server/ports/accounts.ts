/**
 * PORT. The embedded identity's data: projects, users, their roles, and the issued tokens and credentials. Rules are
 * not here. Secrets arrive hashed, and nobody can read them back. Methods are asynchronous so that a database across a
 * network can implement the same port; `tests/contract/accounts.contract.ts` says what an adapter must do.
 */
import type { Instant } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';

/** The only domain, with the id and name that every client assumes (Keystone). */
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
  /** In the form of passwords.ts; null: the user cannot log in by password. */
  readonly passwordHash: string | null;
}

export interface Role {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  readonly description: string | null;
}

/** What a role is held on, and what a token is valid for. */
export type Scope =
  | { readonly on: 'project'; readonly id: string }
  | { readonly on: 'domain'; readonly id: string }
  | { readonly on: 'system' };

export interface Assignment {
  readonly userId: string;
  readonly roleId: string;
  readonly scope: Scope;
}

/** What a user gets for one proof of identity. */
export interface Token {
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly userId: string;
  /** Null: unscoped. */
  readonly scope: Scope | null;
  readonly methods: readonly string[];
  /** Its own, then that of the first token of its chain (Keystone). */
  readonly auditIds: readonly string[];
  readonly applicationCredentialId: string | null;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
}

/** A reporter's long-lived token, valid for its hosts and nothing else. */
export interface AgentToken {
  readonly id: string;
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly label: string;
  /** `*` alone means any host. */
  readonly hosts: readonly string[];
  readonly createdAt: Instant;
  /** Null: valid until revoked. */
  readonly expiresAt: Instant | null;
}

/** One kind of request that a token may make (Keystone). */
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
  /** The requests that its tokens may make, by any of these rules; null: whatever its roles allow. */
  readonly accessRules: readonly AccessRule[] | null;
  /** In the form of passwords.ts. */
  readonly secretHash: string;
  /** With fractions, down to the microsecond, because Keystone returns what it was given. */
  readonly expiresAt: Instant | null;
}

export interface AssignmentFilter {
  readonly userId?: string;
  readonly roleId?: string;
  readonly scope?: Scope;
}

/** Every given condition must hold. At least one must be given. */
export interface TokenFilter {
  readonly userId?: string;
  readonly scope?: Scope;
  readonly applicationCredentialId?: string;
}

/** Projects, users, roles and assignments. Lists are ordered by name, assignments by user, role and scope. */
export interface AccountDirectory {
  project(id: string): Promise<Project | undefined>;
  projectNamed(name: string): Promise<Project | undefined>;
  projects(): Promise<readonly Project[]>;
  /** Adds or replaces. @throws DomainError `conflict` if another one has the name */
  putProject(project: Project): Promise<void>;
  /**
   * Writes only these fields, so that two changes at once cannot undo each other. @returns the project after the
   * change. @throws as putProject
   */
  changeProject(id: string, fields: Partial<Omit<Project, 'id'>>): Promise<Project | undefined>;
  /**
   * Also removes the project's assignments, tokens, application credentials and watch keys. @returns whether it existed
   */
  removeProject(id: string): Promise<boolean>;

  /** Everything that refers to the project moves with it. @throws DomainError `conflict` if the new id is in use */
  changeProjectId(id: string, newId: string): Promise<void>;

  user(id: string): Promise<User | undefined>;
  userNamed(name: string): Promise<User | undefined>;
  users(): Promise<readonly User[]>;
  /** Adds or replaces. @throws DomainError `conflict` if another one has the name */
  putUser(user: User): Promise<void>;
  /** As changeProject. */
  changeUser(id: string, fields: Partial<Omit<User, 'id'>>): Promise<User | undefined>;
  /**
   * Replaces `was` by another hash of the same password. Changes nothing if the user has another password by now, and
   * ends no token.
   */
  replacePasswordHash(userId: string, was: string, now: string): Promise<void>;
  /** Also removes the user's assignments, tokens and application credentials. @returns whether the user existed */
  removeUser(id: string): Promise<boolean>;

  /** Everything that refers to the user moves with it. @throws DomainError `conflict` if the new id is in use */
  changeUserId(id: string, newId: string): Promise<void>;

  roles(): Promise<readonly Role[]>;
  /** Adds or replaces. @throws DomainError `conflict` if another one has the name */
  putRole(role: Role): Promise<void>;
  /** As changeProject. */
  changeRole(id: string, fields: Partial<Omit<Role, 'id'>>): Promise<Role | undefined>;
  /** Also removes its assignments. @returns whether it existed */
  removeRole(id: string): Promise<boolean>;

  assignments(filter: AssignmentFilter): Promise<readonly Assignment[]>;
  /** Idempotent. */
  assign(assignment: Assignment): Promise<void>;
  /** @returns whether it was assigned */
  unassign(assignment: Assignment): Promise<boolean>;
}

/** The directory, and what was issued to its users. A missing entry is `undefined`. */
export interface Accounts extends AccountDirectory {
  /**
   * Adds it. If its user then has more than `most` live tokens, the oldest are removed, and some more than necessary so
   * that this happens rarely. @returns the hashes of the removed tokens
   */
  putToken(token: Token, most?: number): Promise<readonly string[]>;
  token(hash: string): Promise<Token | undefined>;
  removeToken(hash: string): Promise<boolean>;
  /** @param most removes no more than this in one step @returns how many */
  removeTokens(filter: TokenFilter, most?: number): Promise<number>;
  /** Removes users' tokens that expired before, the first ones first. @returns how many */
  removeTokensExpired(before: Instant, most?: number): Promise<number>;

  putAgentToken(token: AgentToken): Promise<void>;
  agentToken(hash: string): Promise<AgentToken | undefined>;
  /** Newest first. */
  agentTokens(): Promise<readonly AgentToken[]>;
  removeAgentToken(id: string): Promise<boolean>;

  applicationCredential(id: string): Promise<ApplicationCredential | undefined>;
  applicationCredentials(userId: string): Promise<readonly ApplicationCredential[]>;
  /** @throws DomainError `conflict` if the user has one with that name, `forbidden` if the user already has `most` */
  putApplicationCredential(credential: ApplicationCredential, most?: number): Promise<void>;
  /** Also removes its tokens. @returns whether it existed */
  removeApplicationCredential(id: string): Promise<boolean>;
}

/** Keystone answers its own limit with 403 too. */
export function credentialLimit(most: number): DomainError {
  return new DomainError(
    'forbidden',
    `The user has reached the limit of ${most} application credentials; delete one first`,
  );
}
