/** Implements server/ports/accounts.ts on SQLite: the directory, and the tokens and credentials issued to its users. */
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
import type { Methods, Synchronous } from '../../commit/queued.ts';
import type { Drizzle } from '../../file/connection.ts';
import { agentTokens, applicationCredentials, tokens } from '../../schema/identity.ts';
import { DIRECTORY_METHODS, SqliteDirectory } from './directory.ts';
import { isOn, unlessTaken } from './scopes.ts';

export const ACCOUNT_METHODS: Methods<Accounts> = {
  ...DIRECTORY_METHODS,
  putToken: 'write',
  token: 'read',
  removeToken: 'write',
  removeTokens: 'write',
  removeTokensExpired: 'write',
  putAgentToken: 'write',
  agentToken: 'read',
  agentTokens: 'read',
  removeAgentToken: 'write',
  applicationCredential: 'read',
  applicationCredentials: 'read',
  putApplicationCredential: 'write',
  removeApplicationCredential: 'write',
};

export class SqliteAccounts extends SqliteDirectory implements Synchronous<Accounts> {
  putToken(token: Token, most = Number.POSITIVE_INFINITY): readonly string[] {
    const { scope, ...rest } = token;
    const row = { ...rest, scope: scope?.on ?? null, target: scope === null ? '' : targetOf(scope) };
    return this.db.transaction((tx) => {
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

  token(hash: string): Token | undefined {
    const row = this.db.select().from(tokens).where(eq(tokens.hash, hash)).get();
    if (row === undefined) return undefined;
    const { scope, target, ...rest } = row;
    return { ...rest, scope: scope === null ? null : toScope(scope, target) };
  }

  removeToken(hash: string): boolean {
    return this.db.delete(tokens).where(eq(tokens.hash, hash)).run().changes > 0;
  }

  removeTokens({ userId, scope, applicationCredentialId }: TokenFilter, most?: number): number {
    const where = and(
      userId === undefined ? undefined : eq(tokens.userId, userId),
      scope === undefined ? undefined : isOn(tokens, scope),
      applicationCredentialId === undefined
        ? undefined
        : eq(tokens.applicationCredentialId, applicationCredentialId),
    );
    if (where === undefined) throw new DomainError('internal', 'removeTokens needs a condition');
    const some = this.db.select({ hash: tokens.hash }).from(tokens).where(where);
    return this.#remove(most === undefined ? where : inArray(tokens.hash, some.limit(most)));
  }

  removeTokensExpired(before: number, most = -1): number {
    const where = lt(tokens.expiresAt, before);
    const some = this.db
      .select({ hash: tokens.hash })
      .from(tokens)
      .where(where)
      .orderBy(asc(tokens.expiresAt));
    return this.#remove(inArray(tokens.hash, some.limit(most)));
  }

  #remove(where: SQL): number {
    return this.db.delete(tokens).where(where).run().changes;
  }

  putAgentToken(token: AgentToken): void {
    this.db.insert(agentTokens).values(token).run();
  }

  agentToken(hash: string): AgentToken | undefined {
    return this.db.select().from(agentTokens).where(eq(agentTokens.hash, hash)).get();
  }

  agentTokens(): readonly AgentToken[] {
    return this.db.select().from(agentTokens).orderBy(desc(agentTokens.createdAt), asc(agentTokens.id)).all();
  }

  removeAgentToken(id: string): boolean {
    return this.db.delete(agentTokens).where(eq(agentTokens.id, id)).run().changes > 0;
  }

  applicationCredential(id: string): ApplicationCredential | undefined {
    const row = this.db.select().from(applicationCredentials).where(eq(applicationCredentials.id, id)).get();
    return row && toCredential(row);
  }

  applicationCredentials(userId: string): readonly ApplicationCredential[] {
    return this.db
      .select()
      .from(applicationCredentials)
      .where(eq(applicationCredentials.userId, userId))
      .orderBy(asc(applicationCredentials.name))
      .all()
      .map(toCredential);
  }

  putApplicationCredential(credential: ApplicationCredential, most = Number.POSITIVE_INFINITY): void {
    const own = eq(applicationCredentials.userId, credential.userId);
    if (countOf(this.db, applicationCredentials, own) >= most) throw credentialLimit(most);
    unlessTaken(`application credential "${credential.name}"`, () =>
      this.db
        .insert(applicationCredentials)
        .values({
          ...credential,
          expiresAt: credential.expiresAt === null ? null : Math.round(credential.expiresAt * 1_000),
        })
        .run(),
    );
  }

  removeApplicationCredential(id: string): boolean {
    return this.db.delete(applicationCredentials).where(eq(applicationCredentials.id, id)).run().changes > 0;
  }
}

function toCredential(row: typeof applicationCredentials.$inferSelect): ApplicationCredential {
  return { ...row, expiresAt: row.expiresAt === null ? null : row.expiresAt / 1_000 };
}

function countOf(
  db: Pick<Drizzle, 'select'>,
  table: typeof tokens | typeof applicationCredentials,
  where: SQL,
): number {
  return db.select({ n: sql<number>`count(*)` }).from(table).where(where).get()?.n ?? 0;
}
