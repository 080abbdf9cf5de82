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

export class SqliteDirectory implements AccountDirectory {
  protected readonly db: Drizzle;

  constructor({ drizzle }: Pick<SqliteConnection, 'drizzle'>) {
    this.db = drizzle;
  }

  async project(id: string): Promise<Project | undefined> {
    return this.db.select().from(projects).where(eq(projects.id, id)).get();
  }

  async projectNamed(name: string): Promise<Project | undefined> {
    return this.db.select().from(projects).where(eq(projects.name, name)).get();
  }

  async projects(): Promise<readonly Project[]> {
    return this.db.select().from(projects).orderBy(asc(projects.name)).all();
  }

  async putProject(project: Project): Promise<void> {
    const { id, ...set } = project;
    unlessTaken(`project "${project.name}"`, () =>
      this.db.insert(projects).values(project).onConflictDoUpdate({ target: projects.id, set }).run(),
    );
  }

  async changeProject(id: string, fields: Partial<Omit<Project, 'id'>>): Promise<Project | undefined> {
    const write = () =>
      this.db
        .update(projects)
        .set({ id, ...fields })
        .where(eq(projects.id, id))
        .returning()
        .get();
    return unlessTaken(`project "${fields.name}"`, write);
  }

  async removeProject(id: string): Promise<boolean> {
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

  async changeProjectId(id: string, newId: string): Promise<void> {
    unlessTaken(`project with id "${newId}"`, () =>
      this.db.transaction((tx) => {
        tx.run(sql`PRAGMA defer_foreign_keys = ON`);
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
      }),
    );
  }

  async user(id: string): Promise<User | undefined> {
    return this.db.select().from(users).where(eq(users.id, id)).get();
  }

  async userNamed(name: string): Promise<User | undefined> {
    return this.db.select().from(users).where(eq(users.name, name)).get();
  }

  async users(): Promise<readonly User[]> {
    return this.db.select().from(users).orderBy(asc(users.name)).all();
  }

  async putUser(user: User): Promise<void> {
    const { id, ...set } = user;
    unlessTaken(`user "${user.name}"`, () =>
      this.db.insert(users).values(user).onConflictDoUpdate({ target: users.id, set }).run(),
    );
  }

  async changeUser(id: string, fields: Partial<Omit<User, 'id'>>): Promise<User | undefined> {
    const write = () =>
      this.db
        .update(users)
        .set({ id, ...fields })
        .where(eq(users.id, id))
        .returning()
        .get();
    return unlessTaken(`user "${fields.name}"`, write);
  }

  async replacePasswordHash(userId: string, was: string, now: string): Promise<void> {
    this.db
      .update(users)
      .set({ passwordHash: now })
      .where(and(eq(users.id, userId), eq(users.passwordHash, was)))
      .run();
  }

  async removeUser(id: string): Promise<boolean> {
    return this.db.delete(users).where(eq(users.id, id)).run().changes > 0;
  }

  async changeUserId(id: string, newId: string): Promise<void> {
    unlessTaken(`user with id "${newId}"`, () =>
      this.db.transaction((tx) => {
        tx.run(sql`PRAGMA defer_foreign_keys = ON`);
        tx.update(users).set({ id: newId }).where(eq(users.id, id)).run();
        for (const table of [assignments, tokens, applicationCredentials]) {
          tx.update(table).set({ userId: newId }).where(eq(table.userId, id)).run();
        }
      }),
    );
  }

  async roles(): Promise<readonly Role[]> {
    return this.db.select().from(roles).orderBy(asc(roles.name)).all();
  }

  async putRole(role: Role): Promise<void> {
    const { id, ...set } = role;
    unlessTaken(`role "${role.name}"`, () =>
      this.db.insert(roles).values(role).onConflictDoUpdate({ target: roles.id, set }).run(),
    );
  }

  async changeRole(id: string, fields: Partial<Omit<Role, 'id'>>): Promise<Role | undefined> {
    const write = () =>
      this.db
        .update(roles)
        .set({ id, ...fields })
        .where(eq(roles.id, id))
        .returning()
        .get();
    return unlessTaken(`role "${fields.name}"`, write);
  }

  async removeRole(id: string): Promise<boolean> {
    return this.db.transaction((tx) => {
      tx.delete(assignments).where(eq(assignments.roleId, id)).run();
      return tx.delete(roles).where(eq(roles.id, id)).run().changes > 0;
    });
  }

  async assignments({ userId, roleId, scope }: AssignmentFilter): Promise<readonly Assignment[]> {
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

  async assign({ scope, ...rest }: Assignment): Promise<void> {
    this.db
      .insert(assignments)
      .values({ ...rest, scope: scope.on, target: targetOf(scope) })
      .onConflictDoNothing()
      .run();
  }

  async unassign({ userId, roleId, scope }: Assignment): Promise<boolean> {
    const where = and(
      eq(assignments.userId, userId),
      eq(assignments.roleId, roleId),
      isOn(assignments, scope),
    );
    return this.db.delete(assignments).where(where).run().changes > 0;
  }
}
