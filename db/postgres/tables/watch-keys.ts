import type { Instant } from '../../../server/domain/clock.ts';
import {
  type WatchKey,
  type WatchKeyStore,
  type WatchKeyUse,
  watchKeyLimit,
} from '../../../server/ports/watch-key-store.ts';
import { and, asc, eq, isNotNull, isNull, lt, lte, or, sql } from '../../drizzle.ts';
import type { Reads } from '../connection/reads.ts';
import type { NodePgDatabase } from '../drizzle.ts';
import { watchKeys } from '../schema/watch-keys.ts';
import type { Touching } from './touching.ts';

/** The port on PostgreSQL. */
export class PostgresWatchKeys implements WatchKeyStore {
  readonly #reads: Reads;
  readonly #touching: Touching;

  constructor(reads: Reads, touching: Touching) {
    this.#reads = reads;
    this.#touching = touching;
  }

  /** Keys of one project are added one after the other, so that two at once cannot both take the last place. */
  add(key: WatchKey, most: number): Promise<void> {
    const own = eq(watchKeys.projectId, key.projectId);
    return this.#reads.transaction(async (_, db) => {
      await db.execute(
        sql`SELECT pg_advisory_xact_lock(hashtextextended(${`watch keys ${key.projectId}`}, 0))`,
      );
      const held = async () => {
        const [row] = await db.select({ n: sql<number>`count(*)::int` }).from(watchKeys).where(own);
        return row?.n ?? 0;
      };
      if ((await held()) >= most) {
        await db.delete(watchKeys).where(and(own, lte(watchKeys.expiresAt, key.createdAt)));
        if ((await held()) >= most) throw watchKeyLimit(most);
      }
      await db.insert(watchKeys).values(key);
    });
  }

  async byHash(hash: string): Promise<WatchKey | undefined> {
    const [row] = await this.#ask((db) => db.select().from(watchKeys).where(eq(watchKeys.hash, hash)));
    return row;
  }

  async key(id: string): Promise<WatchKey | undefined> {
    const [row] = await this.#ask((db) => db.select().from(watchKeys).where(eq(watchKeys.id, id)));
    return row;
  }

  ofProject(projectId: string): Promise<readonly WatchKey[]> {
    return this.#ask((db) =>
      db
        .select()
        .from(watchKeys)
        .where(eq(watchKeys.projectId, projectId))
        .orderBy(asc(watchKeys.createdAt), asc(watchKeys.id)),
    );
  }

  async projects(): Promise<readonly string[]> {
    const rows = await this.#ask((db) =>
      db.selectDistinct({ id: watchKeys.projectId }).from(watchKeys).orderBy(asc(watchKeys.projectId)),
    );
    return rows.map(({ id }) => id);
  }

  remove(id: string): Promise<boolean> {
    return this.#touching.change(async (db) => {
      const gone = await db.delete(watchKeys).where(eq(watchKeys.id, id)).returning({ userId: watchKeys.id });
      return { result: gone.length > 0, touched: gone };
    });
  }

  removeOfProject(projectId: string): Promise<readonly WatchKey[]> {
    return this.#touching.change(async (db) => {
      const result = await db.delete(watchKeys).where(eq(watchKeys.projectId, projectId)).returning();
      return { result, touched: result.length === 0 ? [] : [{ projectId }] };
    });
  }

  /** Sorted, so that two concurrent processes lock the rows in one order. */
  async used(uses: readonly WatchKeyUse[]): Promise<void> {
    if (uses.length === 0) return;
    await this.#reads.transaction(async (_, db) => {
      for (const { id, at } of uses.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
        const earlier = or(isNull(watchKeys.lastUsedAt), lt(watchKeys.lastUsedAt, at));
        await db
          .update(watchKeys)
          .set({ lastUsedAt: at })
          .where(and(eq(watchKeys.id, id), earlier));
      }
    });
  }

  suspend(projectId: string, at: Instant | null): Promise<number> {
    const differs = at === null ? isNotNull(watchKeys.suspendedAt) : isNull(watchKeys.suspendedAt);
    const where = and(eq(watchKeys.projectId, projectId), differs);
    return this.#touching.change(async (db) => {
      const set = { suspendedAt: at };
      const changed = await db.update(watchKeys).set(set).where(where).returning({ id: watchKeys.id });
      return { result: changed.length, touched: changed.length === 0 ? [] : [{ projectId }] };
    });
  }

  #ask<T>(question: (db: NodePgDatabase) => PromiseLike<T>): Promise<T> {
    return this.#reads.answered(async () => question(this.#reads.drizzle));
  }
}
