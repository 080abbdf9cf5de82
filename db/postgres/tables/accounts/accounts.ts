/**
 * Implements server/ports/accounts.ts on PostgreSQL: the directory, and the tokens and credentials issued to its users.
 */
import { DomainError } from '../../../../server/domain/errors.ts';
import {
  type Accounts,
  type AgentToken,
  type ApplicationCredential,
  credentialLimit,
  type Token,
  type TokenFilter,
} from '../../../../server/ports/accounts.ts';
import { and, asc, desc, eq, inArray, lt, lte, ne, type SQL, sql } from '../../../drizzle.ts';
import { targetOf, toScope } from '../../../scope-columns.ts';
import type { NodePgDatabase } from '../../drizzle.ts';
import { agentTokens, applicationCredentials, tokens, users } from '../../schema/identity.ts';
import { PostgresDirectory } from './directory.ts';
import { isOn, removedOf, unlessTaken } from './scopes.ts';

export class PostgresAccounts extends PostgresDirectory implements Accounts {
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
    return this.touching.change(async (db) => {
      const result = await evicted(db);
      return { result, touched: result.length === 0 ? [] : [{ userId: token.userId }] };
    });
  }

  async token(hash: string): Promise<Token | undefined> {
    const row = await this.one((db) => db.select().from(tokens).where(eq(tokens.hash, hash)));
    if (row === undefined) return undefined;
    const { scope, target, ...rest } = row;
    return { ...rest, scope: scope === null ? null : toScope(scope, target) };
  }

  removeToken(hash: string): Promise<boolean> {
    return this.touching.change(async (db) => {
      const gone = await db.delete(tokens).where(eq(tokens.hash, hash)).returning({ userId: tokens.userId });
      return { result: gone.length > 0, touched: gone };
    });
  }

  async removeTokens(
    { userId, scope, applicationCredentialId }: TokenFilter,
    most?: number,
  ): Promise<number> {
    const where = and(
      userId === undefined ? undefined : eq(tokens.userId, userId),
      scope === undefined ? undefined : isOn(tokens, scope),
      applicationCredentialId === undefined
        ? undefined
        : eq(tokens.applicationCredentialId, applicationCredentialId),
    );
    if (where === undefined) throw new DomainError('internal', 'removeTokens needs a condition');
    return this.touching.change(async (db) => {
      const some = db.select({ hash: tokens.hash }).from(tokens).where(where);
      const which = most === undefined ? where : inArray(tokens.hash, some.limit(most));
      const gone = await db.delete(tokens).where(which).returning({ userId: tokens.userId });
      const touched = [...new Set(gone.map((row) => row.userId))].map((each) => ({ userId: each }));
      return { result: gone.length, touched };
    });
  }

  async removeTokensExpired(before: number, most?: number): Promise<number> {
    return this.count((db) => {
      const where = lt(tokens.expiresAt, before);
      const some = db.select({ hash: tokens.hash }).from(tokens).where(where).orderBy(asc(tokens.expiresAt));
      return db.delete(tokens).where(most === undefined ? where : inArray(tokens.hash, some.limit(most)));
    });
  }

  async putAgentToken(token: AgentToken): Promise<void> {
    await this.ask((db) => db.insert(agentTokens).values(token));
  }

  async agentToken(hash: string): Promise<AgentToken | undefined> {
    return this.one((db) => db.select().from(agentTokens).where(eq(agentTokens.hash, hash)));
  }

  async agentTokens(): Promise<readonly AgentToken[]> {
    return this.ask((db) =>
      db.select().from(agentTokens).orderBy(desc(agentTokens.createdAt), asc(agentTokens.id)),
    );
  }

  removeAgentToken(id: string): Promise<boolean> {
    return this.touching.change(async (db) =>
      removedOf(await db.delete(agentTokens).where(eq(agentTokens.id, id)), { userId: id }),
    );
  }

  async applicationCredential(id: string): Promise<ApplicationCredential | undefined> {
    const row = await this.one((db) =>
      db.select().from(applicationCredentials).where(eq(applicationCredentials.id, id)),
    );
    return row && toCredential(row);
  }

  async applicationCredentials(userId: string): Promise<readonly ApplicationCredential[]> {
    const rows = await this.ask((db) =>
      db
        .select()
        .from(applicationCredentials)
        .where(eq(applicationCredentials.userId, userId))
        .orderBy(asc(applicationCredentials.name)),
    );
    return rows.map(toCredential);
  }

  /** With the user's row locked, so that two at once cannot both take the last place. */
  async putApplicationCredential(
    credential: ApplicationCredential,
    most = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const { name, userId, expiresAt } = credential;
    const row = { ...credential, expiresAt: expiresAt === null ? null : Math.round(expiresAt * 1_000) };
    await unlessTaken(`application credential "${name}"`, () =>
      this.reads.transaction(async (_, db) => {
        await db.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('update');
        const own = eq(applicationCredentials.userId, userId);
        if ((await countOf(db, applicationCredentials, own)) >= most) throw credentialLimit(most);
        await db.insert(applicationCredentials).values(row);
      }),
    );
  }

  removeApplicationCredential(id: string): Promise<boolean> {
    return this.touching.change(async (db) => {
      const gone = await db
        .delete(applicationCredentials)
        .where(eq(applicationCredentials.id, id))
        .returning({ userId: applicationCredentials.userId });
      return { result: gone.length > 0, touched: gone };
    });
  }
}

function toCredential(row: typeof applicationCredentials.$inferSelect): ApplicationCredential {
  return { ...row, expiresAt: row.expiresAt === null ? null : row.expiresAt / 1_000 };
}

async function countOf(
  db: NodePgDatabase,
  table: typeof tokens | typeof applicationCredentials,
  where: SQL,
): Promise<number> {
  const [row] = await db.select({ n: sql<number>`count(*)::int` }).from(table).where(where);
  return row?.n ?? 0;
}
