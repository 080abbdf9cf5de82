/** server/ports/accounts.ts on PostgreSQL. Logins are rare beside reports: nothing here needs to be prepared ahead. */
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
import type { Touched } from '../../../server/ports/store.ts';
import { and, asc, desc, eq, inArray, lt, lte, ne, type SQL, sql } from '../../drizzle.ts';
import { sqlState } from '../connection/driver.ts';
import type { Reads } from '../connection/reads.ts';
import type { NodePgDatabase } from '../drizzle.ts';
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
import type { Change, Touching } from './touching.ts';

export class PostgresAccounts implements Accounts {
  readonly #reads: Reads;
  readonly #touching: Touching;

  constructor(reads: Reads, touching: Touching) {
    this.#reads = reads;
    this.#touching = touching;
  }

  async project(id: string): Promise<Project | undefined> {
    return this.#one((db) => db.select().from(projects).where(eq(projects.id, id)));
  }

  async projectNamed(name: string): Promise<Project | undefined> {
    return this.#one((db) => db.select().from(projects).where(eq(projects.name, name)));
  }

  async projects(): Promise<readonly Project[]> {
    return this.#ask((db) => db.select().from(projects).orderBy(asc(projects.name)));
  }

  async putProject(project: Project): Promise<void> {
    const { id, ...set } = project;
    await this.#put(`project "${project.name}"`, [{ projectId: id }], (db) =>
      db.insert(projects).values(project).onConflictDoUpdate({ target: projects.id, set }),
    );
  }

  removeProject(id: string): Promise<boolean> {
    return this.#touching.change(async (db) => {
      const there = { on: 'project', id } as const;
      await db.delete(assignments).where(isOn(assignments, there));
      await db.delete(tokens).where(isOn(tokens, there));
      await db.delete(watchKeys).where(eq(watchKeys.projectId, id));
      return removedOf(await db.delete(projects).where(eq(projects.id, id)), { projectId: id });
    });
  }

  /** What refers to its row goes along by itself; what names it otherwise is changed here. */
  changeProjectId(id: string, newId: string): Promise<void> {
    return unlessTaken(`project with id "${newId}"`, () =>
      this.#touching.change(async (db) => {
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
    return this.#one((db) => db.select().from(users).where(eq(users.id, id)));
  }

  async userNamed(name: string): Promise<User | undefined> {
    return this.#one((db) => db.select().from(users).where(eq(users.name, name)));
  }

  async users(): Promise<readonly User[]> {
    return this.#ask((db) => db.select().from(users).orderBy(asc(users.name)));
  }

  async putUser(user: User): Promise<void> {
    const { id, ...set } = user;
    await this.#put(`user "${user.name}"`, [{ userId: id }], (db) =>
      db.insert(users).values(user).onConflictDoUpdate({ target: users.id, set }),
    );
  }

  removeUser(id: string): Promise<boolean> {
    return this.#touching.change(async (db) =>
      removedOf(await db.delete(users).where(eq(users.id, id)), { userId: id }),
    );
  }

  async changeUserId(id: string, newId: string): Promise<void> {
    await this.#put(`user with id "${newId}"`, [{ userId: id }], (db) =>
      db.update(users).set({ id: newId }).where(eq(users.id, id)),
    );
  }

  async roles(): Promise<readonly Role[]> {
    return this.#ask((db) => db.select().from(roles).orderBy(asc(roles.name)));
  }

  async putRole(role: Role): Promise<void> {
    const { id, ...set } = role;
    await this.#put(`role "${role.name}"`, [{}], (db) =>
      db.insert(roles).values(role).onConflictDoUpdate({ target: roles.id, set }),
    );
  }

  removeRole(id: string): Promise<boolean> {
    return this.#touching.change(async (db) => {
      await db.delete(assignments).where(eq(assignments.roleId, id));
      return removedOf(await db.delete(roles).where(eq(roles.id, id)), {});
    });
  }

  async assignments({ userId, roleId, scope }: AssignmentFilter): Promise<readonly Assignment[]> {
    const rows = await this.#ask((db) =>
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
    await this.#touching.change(async (db) => {
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
    return this.#touching.change(async (db) =>
      removedOf(await db.delete(assignments).where(where), { userId }),
    );
  }

  async putToken(token: Token, most = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
    const { scope, ...rest } = token;
    const row = { ...rest, scope: scope?.on ?? null, target: scope === null ? '' : targetOf(scope) };
    const evicted = async (db: NodePgDatabase): Promise<string[]> => {
      await db.insert(tokens).values(row);
      const own = eq(tokens.userId, token.userId);
      if ((await countOf(db, tokens, own)) <= most) return [];
      await db.delete(tokens).where(and(own, lte(tokens.expiresAt, token.issuedAt)));
      const live = await countOf(db, tokens, own);
      if (live <= most) return [];
      const oldest = db
        .select({ hash: tokens.hash })
        .from(tokens)
        .where(and(own, ne(tokens.hash, token.hash)))
        .orderBy(asc(tokens.issuedAt), asc(tokens.hash))
        .limit(live - most + Math.floor(most / 16));
      const ended = await db
        .delete(tokens)
        .where(inArray(tokens.hash, oldest))
        .returning({ hash: tokens.hash });
      return ended.map(({ hash }) => hash);
    };
    return this.#touching.change(async (db) => {
      const result = await evicted(db);
      return { result, touched: result.length === 0 ? [] : [{ userId: token.userId }] };
    });
  }

  async token(hash: string): Promise<Token | undefined> {
    const row = await this.#one((db) => db.select().from(tokens).where(eq(tokens.hash, hash)));
    if (row === undefined) return undefined;
    const { scope, target, ...rest } = row;
    return { ...rest, scope: scope === null ? null : toScope(scope, target) };
  }

  removeToken(hash: string): Promise<boolean> {
    return this.#touching.change(async (db) => {
      const gone = await db.delete(tokens).where(eq(tokens.hash, hash)).returning({ userId: tokens.userId });
      return { result: gone.length > 0, touched: gone };
    });
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
    await this.#touching.change(async (db) => {
      const gone = await db.delete(tokens).where(where).returning({ userId: tokens.userId });
      const touched = [...new Set(gone.map((row) => row.userId))].map((each) => ({ userId: each }));
      return { result: undefined, touched };
    });
  }

  async removeTokensExpired(before: number): Promise<number> {
    return this.#count((db) => db.delete(tokens).where(lt(tokens.expiresAt, before)));
  }

  async putAgentToken(token: AgentToken): Promise<void> {
    await this.#ask((db) => db.insert(agentTokens).values(token));
  }

  async agentToken(hash: string): Promise<AgentToken | undefined> {
    return this.#one((db) => db.select().from(agentTokens).where(eq(agentTokens.hash, hash)));
  }

  async agentTokens(): Promise<readonly AgentToken[]> {
    return this.#ask((db) =>
      db.select().from(agentTokens).orderBy(desc(agentTokens.createdAt), asc(agentTokens.id)),
    );
  }

  removeAgentToken(id: string): Promise<boolean> {
    return this.#touching.change(async (db) =>
      removedOf(await db.delete(agentTokens).where(eq(agentTokens.id, id)), { userId: id }),
    );
  }

  async applicationCredential(id: string): Promise<ApplicationCredential | undefined> {
    const row = await this.#one((db) =>
      db.select().from(applicationCredentials).where(eq(applicationCredentials.id, id)),
    );
    return row && toCredential(row);
  }

  async applicationCredentials(userId: string): Promise<readonly ApplicationCredential[]> {
    const rows = await this.#ask((db) =>
      db
        .select()
        .from(applicationCredentials)
        .where(eq(applicationCredentials.userId, userId))
        .orderBy(asc(applicationCredentials.name)),
    );
    return rows.map(toCredential);
  }

  /** Behind the user's row, so that two at once cannot both take the last place. */
  async putApplicationCredential(
    credential: ApplicationCredential,
    most = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const { name, userId, expiresAt } = credential;
    const row = { ...credential, expiresAt: expiresAt === null ? null : Math.round(expiresAt * 1_000) };
    await unlessTaken(`application credential "${name}"`, () =>
      this.#reads.transaction(async (_, db) => {
        await db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('update');
        const own = eq(applicationCredentials.userId, userId);
        if ((await countOf(db, applicationCredentials, own)) >= most) throw credentialLimit(most);
        await db.insert(applicationCredentials).values(row);
      }),
    );
  }

  removeApplicationCredential(id: string): Promise<boolean> {
    return this.#touching.change(async (db) => {
      const gone = await db
        .delete(applicationCredentials)
        .where(eq(applicationCredentials.id, id))
        .returning({ userId: applicationCredentials.userId });
      return { result: gone.length > 0, touched: gone };
    });
  }

  #ask<T>(question: (db: NodePgDatabase) => PromiseLike<T>): Promise<T> {
    return this.#reads.answered(async () => question(this.#reads.drizzle));
  }

  async #one<T>(question: (db: NodePgDatabase) => PromiseLike<T[]>): Promise<T | undefined> {
    const [row] = await this.#ask(question);
    return row;
  }

  async #count(
    write: (db: NodePgDatabase) => PromiseLike<{ readonly rowCount: number | null }>,
  ): Promise<number> {
    return (await this.#ask(write)).rowCount ?? 0;
  }

  async #put(
    what: string,
    touched: readonly Touched[],
    write: (db: NodePgDatabase) => PromiseLike<unknown>,
  ): Promise<void> {
    const work = async (db: NodePgDatabase) => {
      await write(db);
      return { result: undefined, touched };
    };
    await unlessTaken(what, () => this.#touching.change(work));
  }
}

/** A row that was there is gone. */
function removedOf({ rowCount }: { readonly rowCount: number | null }, touched: Touched): Change<boolean> {
  const result = (rowCount ?? 0) > 0;
  return { result, touched: result ? [touched] : [] };
}

/** The database's word for a taken name is the cause of ours for what it cannot do. */
async function unlessTaken<T>(what: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { cause } = error as Error;
    if (sqlState(cause) !== '23505') throw error;
    throw new DomainError('conflict', `There is a ${what} already; choose another name`, { cause });
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

async function countOf(
  db: NodePgDatabase,
  table: typeof tokens | typeof applicationCredentials,
  where: SQL,
): Promise<number> {
  const [row] = await db.select({ n: sql<number>`count(*)::int` }).from(table).where(where);
  return row?.n ?? 0;
}
