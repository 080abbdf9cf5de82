/**
 * Projects, users, roles and who has which role where, on SQLite. Logins are rare compared to reports: nothing is
 * prepared.
 */
import type {
  AccountDirectory,
  Assignment,
  AssignmentFilter,
  Project,
  Role,
  User,
} from '../../../../server/ports/accounts.ts';
import { and, asc, eq, sql } from '../../../drizzle.ts';
import { targetOf, toScope } from '../../../scope-columns.ts';
import type { Methods, Synchronous } from '../../commit/queued.ts';
import type { Drizzle, SqliteConnection } from '../../file/connection.ts';
import {
  applicationCredentials,
  assignments,
  projects,
  roles,
  tokens,
  users,
} from '../../schema/identity.ts';
import { watchKeys } from '../../schema/watch-keys.ts';
import { isOn, unlessTaken } from './scopes.ts';

/** While an id changes. Others' writes share the transaction, and their references are checked at once. */
const DEFER_REFERENCES = sql`PRAGMA defer_foreign_keys = ON`;
const CHECK_REFERENCES_AGAIN = sql`PRAGMA defer_foreign_keys = OFF`;

export const DIRECTORY_METHODS: Methods<AccountDirectory> = {
  project: 'read',
  projectNamed: 'read',
  projects: 'read',
  putProject: 'write',
  changeProject: 'write',
  removeProject: 'write',
  changeProjectId: 'write',
  user: 'read',
  userNamed: 'read',
  users: 'read',
  putUser: 'write',
  changeUser: 'write',
  replacePasswordHash: 'write',
  removeUser: 'write',
  changeUserId: 'write',
  roles: 'read',
  putRole: 'write',
  changeRole: 'write',
  removeRole: 'write',
  assignments: 'read',
  assign: 'write',
  unassign: 'write',
};

export class SqliteDirectory implements Synchronous<AccountDirectory> {
  protected readonly db: Drizzle;

  constructor({ drizzle }: Pick<SqliteConnection, 'drizzle'>) {
    this.db = drizzle;
  }

  project(id: string): Project | undefined {
    return this.db.select().from(projects).where(eq(projects.id, id)).get();
  }

  projectNamed(name: string): Project | undefined {
    return this.db.select().from(projects).where(eq(projects.name, name)).get();
  }

  projects(): readonly Project[] {
    return this.db.select().from(projects).orderBy(asc(projects.name)).all();
  }

  putProject(project: Project): void {
    const { id, ...set } = project;
    unlessTaken(`project "${project.name}"`, () =>
      this.db.insert(projects).values(project).onConflictDoUpdate({ target: projects.id, set }).run(),
    );
  }

  changeProject(id: string, fields: Partial<Omit<Project, 'id'>>): Project | undefined {
    const write = () =>
      this.db
        .update(projects)
        .set({ id, ...fields })
        .where(eq(projects.id, id))
        .returning()
        .get();
    return unlessTaken(`project "${fields.name}"`, write);
  }

  removeProject(id: string): boolean {
    return this.db.transaction((tx) => {
      tx.delete(assignments)
        .where(isOn(assignments, { on: 'project', id }))
        .run();
      tx.delete(tokens)
        .where(isOn(tokens, { on: 'project', id }))
        .run();
      tx.delete(watchKeys).where(eq(watchKeys.projectId, id)).run();
      return tx.delete(projects).where(eq(projects.id, id)).run().changes > 0;
    });
  }

  changeProjectId(id: string, newId: string): void {
    unlessTaken(`project with id "${newId}"`, () =>
      this.db.transaction((tx) => {
        tx.run(DEFER_REFERENCES);
        tx.update(projects).set({ id: newId }).where(eq(projects.id, id)).run();
        tx.update(users).set({ defaultProjectId: newId }).where(eq(users.defaultProjectId, id)).run();
        tx.update(applicationCredentials)
          .set({ projectId: newId })
          .where(eq(applicationCredentials.projectId, id))
          .run();
        tx.update(watchKeys).set({ projectId: newId }).where(eq(watchKeys.projectId, id)).run();
        for (const table of [assignments, tokens]) {
          tx.update(table)
            .set({ target: newId })
            .where(isOn(table, { on: 'project', id }))
            .run();
        }
        tx.run(CHECK_REFERENCES_AGAIN);
      }),
    );
  }

  user(id: string): User | undefined {
    return this.db.select().from(users).where(eq(users.id, id)).get();
  }

  userNamed(name: string): User | undefined {
    return this.db.select().from(users).where(eq(users.name, name)).get();
  }

  users(): readonly User[] {
    return this.db.select().from(users).orderBy(asc(users.name)).all();
  }

  putUser(user: User): void {
    const { id, ...set } = user;
    unlessTaken(`user "${user.name}"`, () =>
      this.db.insert(users).values(user).onConflictDoUpdate({ target: users.id, set }).run(),
    );
  }

  changeUser(id: string, fields: Partial<Omit<User, 'id'>>): User | undefined {
    const write = () =>
      this.db
        .update(users)
        .set({ id, ...fields })
        .where(eq(users.id, id))
        .returning()
        .get();
    return unlessTaken(`user "${fields.name}"`, write);
  }

  replacePasswordHash(userId: string, was: string, now: string): void {
    this.db
      .update(users)
      .set({ passwordHash: now })
      .where(and(eq(users.id, userId), eq(users.passwordHash, was)))
      .run();
  }

  removeUser(id: string): boolean {
    return this.db.delete(users).where(eq(users.id, id)).run().changes > 0;
  }

  changeUserId(id: string, newId: string): void {
    unlessTaken(`user with id "${newId}"`, () =>
      this.db.transaction((tx) => {
        tx.run(DEFER_REFERENCES);
        tx.update(users).set({ id: newId }).where(eq(users.id, id)).run();
        for (const table of [assignments, tokens, applicationCredentials]) {
          tx.update(table).set({ userId: newId }).where(eq(table.userId, id)).run();
        }
        tx.run(CHECK_REFERENCES_AGAIN);
      }),
    );
  }

  roles(): readonly Role[] {
    return this.db.select().from(roles).orderBy(asc(roles.name)).all();
  }

  putRole(role: Role): void {
    const { id, ...set } = role;
    unlessTaken(`role "${role.name}"`, () =>
      this.db.insert(roles).values(role).onConflictDoUpdate({ target: roles.id, set }).run(),
    );
  }

  changeRole(id: string, fields: Partial<Omit<Role, 'id'>>): Role | undefined {
    const write = () =>
      this.db
        .update(roles)
        .set({ id, ...fields })
        .where(eq(roles.id, id))
        .returning()
        .get();
    return unlessTaken(`role "${fields.name}"`, write);
  }

  removeRole(id: string): boolean {
    return this.db.transaction((tx) => {
      tx.delete(assignments).where(eq(assignments.roleId, id)).run();
      return tx.delete(roles).where(eq(roles.id, id)).run().changes > 0;
    });
  }

  assignments({ userId, roleId, scope }: AssignmentFilter): readonly Assignment[] {
    const rows = this.db
      .select()
      .from(assignments)
      .where(
        and(
          userId === undefined ? undefined : eq(assignments.userId, userId),
          roleId === undefined ? undefined : eq(assignments.roleId, roleId),
          scope === undefined ? undefined : isOn(assignments, scope),
        ),
      )
      .orderBy(assignments.userId, assignments.roleId, assignments.scope, assignments.target)
      .all();
    return rows.map((row) => ({
      userId: row.userId,
      roleId: row.roleId,
      scope: toScope(row.scope, row.target),
    }));
  }

  assign({ scope, ...rest }: Assignment): void {
    this.db
      .insert(assignments)
      .values({ ...rest, scope: scope.on, target: targetOf(scope) })
      .onConflictDoNothing()
      .run();
  }

  unassign({ userId, roleId, scope }: Assignment): boolean {
    const where = and(
      eq(assignments.userId, userId),
      eq(assignments.roleId, roleId),
      isOn(assignments, scope),
    );
    return this.db.delete(assignments).where(where).run().changes > 0;
  }
}
