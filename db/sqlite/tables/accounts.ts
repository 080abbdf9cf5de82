/**
 * Implements server/ports/accounts.ts on SQLite. Logins are rare beside reports: nothing here is prepared
 * ahead.
 */

import { DomainError } from '../../../server/domain/errors.ts';
import {
  type Accounts,
  type AgentToken,
  type ApplicationCredential,
  type Assignment,
  type AssignmentFilter,
  credentialLimit,
  type Project,
  type Role,
  type Scope,
  type Token,
  type TokenFilter,
  type User,
} from '../../../server/ports/accounts.ts';
import { and, asc, desc, eq, inArray, lt, lte, ne, type SQL, sql } from '../../drizzle.ts';
import { type Drizzle, type SqliteConnection, sqliteCode } from '../file/connection.ts';
import {
  agentTokens,
  applicationCredentials,
  assignments,
  projects,
  roles,
  tokens,
  users,
} from '../schema/identity.ts';
import { watchKeys } from '../schema/watch-keys.ts';

export class SqliteAccounts implements Accounts {
  readonly #db: Drizzle;

  constructor({ drizzle }: Pick<SqliteConnection, 'drizzle'>) {
    this.#db = drizzle;
  }

  async project(id: string): Promise<Project | undefined> {
    return this.#db.select().from(projects).where(eq(projects.id, id)).get();
  }

  async projectNamed(name: string): Promise<Project | undefined> {
    return this.#db.select().from(projects).where(eq(projects.name, name)).get();
  }

  async projects(): Promise<readonly Project[]> {
    return this.#db.select().from(projects).orderBy(asc(projects.name)).all();
  }

  async putProject(project: Project): Promise<void> {
    const { id, ...set } = project;
    unlessTaken(`project "${project.name}"`, () =>
      this.#db.insert(projects).values(project).onConflictDoUpdate({ target: projects.id, set }).run(),
    );
  }

  async removeProject(id: string): Promise<boolean> {
    return this.#db.transaction((tx) => {
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
      this.#db.transaction((tx) => {
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
    return this.#db.select().from(users).where(eq(users.id, id)).get();
  }

  async userNamed(name: string): Promise<User | undefined> {
    return this.#db.select().from(users).where(eq(users.name, name)).get();
  }

  async users(): Promise<readonly User[]> {
    return this.#db.select().from(users).orderBy(asc(users.name)).all();
  }

  async putUser(user: User): Promise<void> {
    const { id, ...set } = user;
    unlessTaken(`user "${user.name}"`, () =>
      this.#db.insert(users).values(user).onConflictDoUpdate({ target: users.id, set }).run(),
    );
  }

  async removeUser(id: string): Promise<boolean> {
    return this.#db.delete(users).where(eq(users.id, id)).run().changes > 0;
  }

  async changeUserId(id: string, newId: string): Promise<void> {
    unlessTaken(`user with id "${newId}"`, () =>
      this.#db.transaction((tx) => {
        tx.run(sql`PRAGMA defer_foreign_keys = ON`);
        tx.update(users).set({ id: newId }).where(eq(users.id, id)).run();
        for (const table of [assignments, tokens, applicationCredentials]) {
          tx.update(table).set({ userId: newId }).where(eq(table.userId, id)).run();
        }
      }),
    );
  }

  async roles(): Promise<readonly Role[]> {
    return this.#db.select().from(roles).orderBy(asc(roles.name)).all();
  }

  async putRole(role: Role): Promise<void> {
    const { id, ...set } = role;
    unlessTaken(`role "${role.name}"`, () =>
      this.#db.insert(roles).values(role).onConflictDoUpdate({ target: roles.id, set }).run(),
    );
  }

  async removeRole(id: string): Promise<boolean> {
    return this.#db.transaction((tx) => {
      tx.delete(assignments).where(eq(assignments.roleId, id)).run();
      return tx.delete(roles).where(eq(roles.id, id)).run().changes > 0;
    });
  }

  async assignments({ userId, roleId, scope }: AssignmentFilter): Promise<readonly Assignment[]> {
    const rows = this.#db
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
    this.#db
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
    return this.#db.delete(assignments).where(where).run().changes > 0;
  }

  async putToken(token: Token, most = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
    const { scope, ...rest } = token;
    const row = { ...rest, scope: scope?.on ?? null, target: scope === null ? '' : targetOf(scope) };
    return this.#db.transaction((tx) => {
      tx.insert(tokens).values(row).run();
      const own = eq(tokens.userId, token.userId);
      if (countOf(tx, tokens, own) <= most) return [];
      tx.delete(tokens)
        .where(and(own, lte(tokens.expiresAt, token.issuedAt)))
        .run();
      const live = countOf(tx, tokens, own);
      if (live <= most) return [];
      const oldest = tx
        .select({ hash: tokens.hash })
        .from(tokens)
        .where(and(own, ne(tokens.hash, token.hash)))
        .orderBy(asc(tokens.issuedAt), asc(tokens.hash))
        .limit(live - most + Math.floor(most / 16));
      const ended = tx.delete(tokens).where(inArray(tokens.hash, oldest)).returning({ hash: tokens.hash });
      return ended.all().map(({ hash }) => hash);
    });
  }

  async token(hash: string): Promise<Token | undefined> {
    const row = this.#db.select().from(tokens).where(eq(tokens.hash, hash)).get();
    if (row === undefined) return undefined;
    const { scope, target, ...rest } = row;
    return { ...rest, scope: scope === null ? null : toScope(scope, target) };
  }

  async removeToken(hash: string): Promise<boolean> {
    return this.#db.delete(tokens).where(eq(tokens.hash, hash)).run().changes > 0;
  }

  async removeTokens({ userId, scope, applicationCredentialId }: TokenFilter): Promise<void> {
    const where = and(
      userId === undefined ? undefined : eq(tokens.userId, userId),
      scope === undefined ? undefined : isOn(tokens, scope),
      applicationCredentialId === undefined
        ? undefined
        : eq(tokens.applicationCredentialId, applicationCredentialId),
    );
    if (where === undefined) throw new DomainError('internal', 'removeTokens needs a condition');
    this.#db.delete(tokens).where(where).run();
  }

  async removeTokensExpired(before: number): Promise<number> {
    return this.#db.delete(tokens).where(lt(tokens.expiresAt, before)).run().changes;
  }

  async putAgentToken(token: AgentToken): Promise<void> {
    this.#db.insert(agentTokens).values(token).run();
  }

  async agentToken(hash: string): Promise<AgentToken | undefined> {
    return this.#db.select().from(agentTokens).where(eq(agentTokens.hash, hash)).get();
  }

  async agentTokens(): Promise<readonly AgentToken[]> {
    return this.#db
      .select()
      .from(agentTokens)
      .orderBy(desc(agentTokens.createdAt), asc(agentTokens.id))
      .all();
  }

  async removeAgentToken(id: string): Promise<boolean> {
    return this.#db.delete(agentTokens).where(eq(agentTokens.id, id)).run().changes > 0;
  }

  async applicationCredential(id: string): Promise<ApplicationCredential | undefined> {
    const row = this.#db.select().from(applicationCredentials).where(eq(applicationCredentials.id, id)).get();
    return row && toCredential(row);
  }

  async applicationCredentials(userId: string): Promise<readonly ApplicationCredential[]> {
    return this.#db
      .select()
      .from(applicationCredentials)
      .where(eq(applicationCredentials.userId, userId))
      .orderBy(asc(applicationCredentials.name))
      .all()
      .map(toCredential);
  }

  async putApplicationCredential(
    credential: ApplicationCredential,
    most = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const own = eq(applicationCredentials.userId, credential.userId);
    if (countOf(this.#db, applicationCredentials, own) >= most) throw credentialLimit(most);
    unlessTaken(`application credential "${credential.name}"`, () =>
      this.#db
        .insert(applicationCredentials)
        .values({
          ...credential,
          expiresAt: credential.expiresAt === null ? null : Math.round(credential.expiresAt * 1_000),
        })
        .run(),
    );
  }

  async removeApplicationCredential(id: string): Promise<boolean> {
    return this.#db.delete(applicationCredentials).where(eq(applicationCredentials.id, id)).run().changes > 0;
  }
}

function unlessTaken(what: string, write: () => unknown): void {
  try {
    write();
  } catch (error) {
    // drizzle hands the driver's error on as the cause of its own.
    const code = sqliteCode(error) ?? sqliteCode((error as Error).cause);
    if (code !== 'SQLITE_CONSTRAINT_UNIQUE' && code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') throw error;
    throw new DomainError('conflict', `There is a ${what} already; choose another name`, { cause: error });
  }
}

function toCredential(row: typeof applicationCredentials.$inferSelect): ApplicationCredential {
  return { ...row, expiresAt: row.expiresAt === null ? null : row.expiresAt / 1_000 };
}

function isOn(table: typeof assignments | typeof tokens, scope: Scope): SQL | undefined {
  return and(eq(table.scope, scope.on), eq(table.target, targetOf(scope)));
}

function targetOf(scope: Scope): string {
  return scope.on === 'system' ? '' : scope.id;
}

function toScope(on: Scope['on'], target: string): Scope {
  return on === 'system' ? { on } : { on, id: target };
}

function countOf(
  db: Pick<Drizzle, 'select'>,
  table: typeof tokens | typeof applicationCredentials,
  where: SQL,
): number {
  return db.select({ n: sql<number>`count(*)` }).from(table).where(where).get()?.n ?? 0;
}
