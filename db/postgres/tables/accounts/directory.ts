/**
 * Projects, users, roles and who has which role where, on PostgreSQL. Logins are rare compared to reports: nothing is
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
import type { Touched } from '../../../../server/ports/committed.ts';
import { and, asc, eq } from '../../../drizzle.ts';
import { targetOf, toScope } from '../../../scope-columns.ts';
import type { Reads } from '../../connection/reads.ts';
import type { NodePgDatabase } from '../../drizzle.ts';
import { assignments, projects, roles, tokens, users } from '../../schema/identity.ts';
import { watchKeys } from '../../schema/watch-keys.ts';
import type { Touching } from '../touching.ts';
import { isOn, removedOf, unlessTaken } from './scopes.ts';

export class PostgresDirectory implements AccountDirectory {
  protected readonly reads: Reads;
  protected readonly touching: Touching;

  constructor(reads: Reads, touching: Touching) {
    this.reads = reads;
    this.touching = touching;
  }

  async project(id: string): Promise<Project | undefined> {
    return this.one((db) => db.select().from(projects).where(eq(projects.id, id)));
  }

  async projectNamed(name: string): Promise<Project | undefined> {
    return this.one((db) => db.select().from(projects).where(eq(projects.name, name)));
  }

  async projects(): Promise<readonly Project[]> {
    return this.ask((db) => db.select().from(projects).orderBy(asc(projects.name)));
  }

  async putProject(project: Project): Promise<void> {
    const { id, ...set } = project;
    await this.put(`project "${project.name}"`, [{ projectId: id }], (db) =>
      db.insert(projects).values(project).onConflictDoUpdate({ target: projects.id, set }),
    );
  }

  changeProject(id: string, fields: Partial<Omit<Project, 'id'>>): Promise<Project | undefined> {
    return this.change(`project "${fields.name}"`, { projectId: id }, (db) =>
      db
        .update(projects)
        .set({ id, ...fields })
        .where(eq(projects.id, id))
        .returning(),
    );
  }

  removeProject(id: string): Promise<boolean> {
    return this.touching.change(async (db) => {
      const there = { on: 'project', id } as const;
      await db.delete(assignments).where(isOn(assignments, there));
      await db.delete(tokens).where(isOn(tokens, there));
      await db.delete(watchKeys).where(eq(watchKeys.projectId, id));
      return removedOf(await db.delete(projects).where(eq(projects.id, id)), { projectId: id });
    });
  }

  /** Foreign keys follow by themselves; other references are changed here. */
  changeProjectId(id: string, newId: string): Promise<void> {
    return unlessTaken(`project with id "${newId}"`, () =>
      this.touching.change(async (db) => {
        await db.update(projects).set({ id: newId }).where(eq(projects.id, id));
        await db.update(users).set({ defaultProjectId: newId }).where(eq(users.defaultProjectId, id));
        await db.update(watchKeys).set({ projectId: newId }).where(eq(watchKeys.projectId, id));
        for (const table of [assignments, tokens]) {
          await db
            .update(table)
            .set({ target: newId })
            .where(isOn(table, { on: 'project', id }));
        }
        return { result: undefined, touched: [{ projectId: id }] };
      }),
    );
  }

  async user(id: string): Promise<User | undefined> {
    return this.one((db) => db.select().from(users).where(eq(users.id, id)));
  }

  async userNamed(name: string): Promise<User | undefined> {
    return this.one((db) => db.select().from(users).where(eq(users.name, name)));
  }

  async users(): Promise<readonly User[]> {
    return this.ask((db) => db.select().from(users).orderBy(asc(users.name)));
  }

  async putUser(user: User): Promise<void> {
    const { id, ...set } = user;
    await this.put(`user "${user.name}"`, [{ userId: id }], (db) =>
      db.insert(users).values(user).onConflictDoUpdate({ target: users.id, set }),
    );
  }

  changeUser(id: string, fields: Partial<Omit<User, 'id'>>): Promise<User | undefined> {
    return this.change(`user "${fields.name}"`, { userId: id }, (db) =>
      db
        .update(users)
        .set({ id, ...fields })
        .where(eq(users.id, id))
        .returning(),
    );
  }

  async replacePasswordHash(userId: string, was: string, now: string): Promise<void> {
    await this.ask((db) =>
      db
        .update(users)
        .set({ passwordHash: now })
        .where(and(eq(users.id, userId), eq(users.passwordHash, was))),
    );
  }

  removeUser(id: string): Promise<boolean> {
    return this.touching.change(async (db) =>
      removedOf(await db.delete(users).where(eq(users.id, id)), { userId: id }),
    );
  }

  async changeUserId(id: string, newId: string): Promise<void> {
    await this.put(`user with id "${newId}"`, [{ userId: id }], (db) =>
      db.update(users).set({ id: newId }).where(eq(users.id, id)),
    );
  }

  async roles(): Promise<readonly Role[]> {
    return this.ask((db) => db.select().from(roles).orderBy(asc(roles.name)));
  }

  async putRole(role: Role): Promise<void> {
    const { id, ...set } = role;
    await this.put(`role "${role.name}"`, [{}], (db) =>
      db.insert(roles).values(role).onConflictDoUpdate({ target: roles.id, set }),
    );
  }

  changeRole(id: string, fields: Partial<Omit<Role, 'id'>>): Promise<Role | undefined> {
    return this.change(`role "${fields.name}"`, {}, (db) =>
      db
        .update(roles)
        .set({ id, ...fields })
        .where(eq(roles.id, id))
        .returning(),
    );
  }

  removeRole(id: string): Promise<boolean> {
    return this.touching.change(async (db) => {
      await db.delete(assignments).where(eq(assignments.roleId, id));
      return removedOf(await db.delete(roles).where(eq(roles.id, id)), {});
    });
  }

  async assignments({ userId, roleId, scope }: AssignmentFilter): Promise<readonly Assignment[]> {
    const rows = await this.ask((db) =>
      db
        .select()
        .from(assignments)
        .where(
          and(
            userId === undefined ? undefined : eq(assignments.userId, userId),
            roleId === undefined ? undefined : eq(assignments.roleId, roleId),
            scope === undefined ? undefined : isOn(assignments, scope),
          ),
        )
        .orderBy(assignments.userId, assignments.roleId, assignments.scope, assignments.target),
    );
    return rows.map((row) => ({
      userId: row.userId,
      roleId: row.roleId,
      scope: toScope(row.scope, row.target),
    }));
  }

  async assign({ scope, ...rest }: Assignment): Promise<void> {
    await this.touching.change(async (db) => {
      const row = { ...rest, scope: scope.on, target: targetOf(scope) };
      await db.insert(assignments).values(row).onConflictDoNothing();
      return { result: undefined, touched: [{ userId: rest.userId, given: true }] };
    });
  }

  unassign({ userId, roleId, scope }: Assignment): Promise<boolean> {
    const where = and(
      eq(assignments.userId, userId),
      eq(assignments.roleId, roleId),
      isOn(assignments, scope),
    );
    return this.touching.change(async (db) =>
      removedOf(await db.delete(assignments).where(where), { userId }),
    );
  }

  protected ask<T>(question: (db: NodePgDatabase) => PromiseLike<T>): Promise<T> {
    return this.reads.answered(async () => question(this.reads.drizzle));
  }

  protected async one<T>(question: (db: NodePgDatabase) => PromiseLike<T[]>): Promise<T | undefined> {
    const [row] = await this.ask(question);
    return row;
  }

  protected async count(
    write: (db: NodePgDatabase) => PromiseLike<{ readonly rowCount: number | null }>,
  ): Promise<number> {
    return (await this.ask(write)).rowCount ?? 0;
  }

  /** @returns the row as it is then */
  protected change<T>(
    what: string,
    touched: Touched,
    write: (db: NodePgDatabase) => PromiseLike<readonly T[]>,
  ): Promise<T | undefined> {
    return unlessTaken(what, () =>
      this.touching.change(async (db) => {
        const [result] = await write(db);
        return { result, touched: result === undefined ? [] : [touched] };
      }),
    );
  }

  protected async put(
    what: string,
    touched: readonly Touched[],
    write: (db: NodePgDatabase) => PromiseLike<unknown>,
  ): Promise<void> {
    const work = async (db: NodePgDatabase) => {
      await write(db);
      return { result: undefined, touched };
    };
    await unlessTaken(what, () => this.touching.change(work));
  }
}
