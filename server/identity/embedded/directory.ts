/** Changes projects, users and their roles. A change that takes rights away ends the tokens that had them. */
import { DomainError } from '../../domain/errors.ts';
import type { Accounts, Assignment, Project, Role, Scope, User } from '../../ports/accounts.ts';
import { ADMIN, isReliedOn, ROLE_NAMES } from '../roles.ts';
import type { Revocations } from '../tokens/revocations.ts';
import type { Passwords } from './passwords.ts';

export interface NewUser {
  readonly id?: string;
  readonly name: string;
  readonly password?: string | undefined;
  readonly description?: string | null;
  readonly email?: string | null;
  readonly enabled?: boolean;
  readonly defaultProjectId?: string | null;
}

/** A field that is not given keeps its value. */
export type UserChanges = Partial<Omit<User, 'id' | 'passwordHash'>> & { readonly password?: string };
export type ProjectChanges = Partial<Omit<Project, 'id'>>;

/** How many tokens one step ends: a few milliseconds of the event loop where there are 300 000. */
export const TOKENS_AT_ONCE = 100;

export class Directory {
  readonly #accounts: Accounts;
  readonly #passwords: Passwords;
  readonly #revocations: Revocations;
  readonly #newId: () => string;

  constructor(accounts: Accounts, passwords: Passwords, revocations: Revocations, newId: () => string) {
    this.#accounts = accounts;
    this.#passwords = passwords;
    this.#revocations = revocations;
    this.#newId = newId;
  }

  /** @throws DomainError `conflict` if the name is in use */
  async createProject(from: {
    id?: string;
    name: string;
    description?: string;
    enabled?: boolean;
  }): Promise<Project> {
    const project: Project = {
      id: from.id ?? this.#newId(),
      name: from.name,
      description: from.description ?? '',
      enabled: from.enabled ?? true,
    };
    await this.#accounts.putProject(project);
    return project;
  }

  /** @throws DomainError `not_found`, or `conflict` if the new name is in use */
  async updateProject(id: string, changes: ProjectChanges): Promise<Project> {
    const project = known(await this.#accounts.changeProject(id, changes), 'project', id);
    if (!project.enabled) {
      await this.#endTokensIn(id);
      this.#revocations.ended({ projectId: id });
    }
    return project;
  }

  /** @throws DomainError `not_found` */
  async removeProject(id: string): Promise<void> {
    await this.#endTokensIn(id);
    if (!(await this.#accounts.removeProject(id))) known(undefined, 'project', id);
    this.#revocations.ended({ projectId: id });
  }

  /** A project has as many users as an operator likes: their tokens end in steps that keep nobody waiting. */
  async #endTokensIn(project: string): Promise<void> {
    const filter = { scope: { on: 'project', id: project } } as const;
    while ((await this.#accounts.removeTokens(filter, TOKENS_AT_ONCE)) === TOKENS_AT_ONCE);
  }

  /**
   * Without a password the user cannot log in with one. @throws DomainError `conflict`, or `invalid` for a bad password
   */
  async createUser(from: NewUser): Promise<User> {
    const user: User = {
      id: from.id ?? this.#newId(),
      name: from.name,
      description: from.description ?? null,
      email: from.email ?? null,
      enabled: from.enabled ?? true,
      defaultProjectId: from.defaultProjectId ?? null,
      passwordHash: from.password === undefined ? null : await this.#passwords.hash(from.password),
    };
    await this.#accounts.putUser(user);
    return user;
  }

  /**
   * Disabling a user, and a new password, end all of the user's tokens. @throws DomainError `not_found`, `conflict`, or
   * `invalid`
   */
  async updateUser(id: string, { password, ...changes }: UserChanges): Promise<User> {
    const hashed = password === undefined ? {} : { passwordHash: await this.#passwords.hash(password) };
    const user = known(await this.#accounts.changeUser(id, { ...changes, ...hashed }), 'user', id);
    if (!user.enabled || password !== undefined) {
      await this.#accounts.removeTokens({ userId: id });
      this.#revocations.ended({ userId: id });
    }
    return user;
  }

  /** @throws DomainError `not_found` */
  async removeUser(id: string): Promise<void> {
    if (!(await this.#accounts.removeUser(id))) known(undefined, 'user', id);
    this.#revocations.ended({ userId: id });
  }

  /** @throws DomainError `conflict` if the name is in use */
  async createRole(name: string, description: string | null = null): Promise<Role> {
    const role = { id: this.#newId(), name, description };
    await this.#accounts.putRole(role);
    return role;
  }

  /**
   * A role with another name gives other rights.
   * @throws DomainError `not_found`, `conflict`, or `forbidden` for a role that rules rely on
   */
  async updateRole(id: string, changes: Partial<Omit<Role, 'id'>>): Promise<Role> {
    const current = known(await this.#role(id), 'role', id);
    if (isReliedOn(current)) throw stays(current);
    const role = known(await this.#accounts.changeRole(id, changes), 'role', id);
    if (role.name !== current.name) this.#revocations.ended({});
    return role;
  }

  /** @throws DomainError `not_found`, or `forbidden` for a role that rules rely on */
  async removeRole(id: string): Promise<void> {
    const role = known(await this.#role(id), 'role', id);
    if (isReliedOn(role)) throw stays(role);
    await this.#accounts.removeRole(id);
    this.#revocations.ended({});
  }

  async #role(id: string): Promise<Role | undefined> {
    return (await this.#accounts.roles()).find((role) => role.id === id);
  }

  async assign(assignment: Assignment): Promise<void> {
    await this.#accounts.assign(assignment);
    this.#revocations.changed(who(assignment));
  }

  /**
   * Also ends the user's tokens and application credentials in the project, as Keystone does. @throws DomainError
   * `not_found`
   */
  async unassign(assignment: Assignment): Promise<void> {
    const { userId, scope } = assignment;
    if (!(await this.#accounts.unassign(assignment))) {
      throw new DomainError('not_found', `Could not find role assignment with role: ${assignment.roleId}.`);
    }
    if (scope.on === 'project') {
      const credentials = await this.#accounts.applicationCredentials(userId);
      const inProject = credentials.filter(({ projectId }) => projectId === scope.id);
      for (const { id } of inProject) await this.#accounts.removeApplicationCredential(id);
    }
    await this.#accounts.removeTokens({ userId, scope });
    this.#revocations.ended(who(assignment));
  }

  /**
   * Idempotent, for seeds. The first start generates the id of `admin`, so a seed may still choose it.
   * @throws DomainError `conflict` if another id has the name
   */
  async ensureProject({ id, name }: { readonly id?: string; readonly name: string }): Promise<Project> {
    const named = await this.#accounts.projectNamed(name);
    if (id !== undefined && named !== undefined && named.id !== id && name === ADMIN) {
      await this.#accounts.changeProjectId(named.id, id);
      this.#revocations.ended({ projectId: named.id });
    }
    const current = id === undefined ? named : await this.#accounts.project(id);
    if (current === undefined) return this.createProject({ ...(id === undefined ? {} : { id }), name });
    return current.name === name ? current : this.updateProject(current.id, { name });
  }

  /** Idempotent, for seeds; `admin` as in ensureProject. A password equal to the stored one is not a change. */
  async ensureUser(from: {
    readonly id?: string;
    readonly name: string;
    readonly password: string;
  }): Promise<User> {
    const { id, name, password } = from;
    const named = await this.#accounts.userNamed(name);
    if (id !== undefined && named !== undefined && named.id !== id && name === ADMIN) {
      await this.#accounts.changeUserId(named.id, id);
      this.#revocations.ended({ userId: named.id });
    }
    const current = id === undefined ? named : await this.#accounts.user(id);
    if (current === undefined) return this.createUser(from);
    const same = await this.#passwords.verify(password, current.passwordHash);
    if (same && current.name === name) return current;
    return this.updateUser(current.id, { name, ...(same ? {} : { password }) });
  }

  /**
   * Idempotent, for seeds, which may run before the first start made the roles. User, project and role by id or name.
   * @throws DomainError `not_found`
   */
  async ensureRole(user: string, project: string, role: string): Promise<void> {
    const found = (await this.#accounts.user(user)) ?? (await this.#accounts.userNamed(user));
    const scope = await this.#projectScope(project);
    await this.ensureRoles();
    const { id: roleId } = await this.role(role);
    const { id: userId } = known(found, 'user', user);
    const assigned = await this.#accounts.assignments({ userId, roleId, scope });
    if (assigned.length === 0) await this.assign({ userId, roleId, scope });
  }

  /** Makes the roles that rules use, where they are missing. */
  async ensureRoles(): Promise<void> {
    const there = new Set((await this.#accounts.roles()).map(({ name }) => name));
    for (const name of ROLE_NAMES) {
      if (!there.has(name)) await this.createRole(name);
    }
  }

  /** By id or by name. @throws DomainError `not_found` */
  async role(idOrName: string): Promise<Role> {
    const roles = await this.#accounts.roles();
    return known(
      roles.find(({ id }) => id === idOrName) ?? roles.find(({ name }) => name === idOrName),
      'role',
      idOrName,
    );
  }

  async #projectScope(idOrName: string): Promise<Scope> {
    const found = (await this.#accounts.project(idOrName)) ?? (await this.#accounts.projectNamed(idOrName));
    return { on: 'project', id: known(found, 'project', idOrName).id };
  }
}

/** @throws DomainError `not_found`, worded as Keystone does */
export function known<T>(found: T | undefined, what: string, id: string): T {
  if (found === undefined) throw new DomainError('not_found', `Could not find ${what}: ${id}.`);
  return found;
}

function stays({ name }: Role): DomainError {
  return new DomainError(
    'forbidden',
    `Role ${name} cannot be changed or deleted: the policy's rules need it.`,
  );
}

function who({ userId, scope }: Assignment): { userId: string; projectId?: string } {
  return scope.on === 'project' ? { userId, projectId: scope.id } : { userId };
}
