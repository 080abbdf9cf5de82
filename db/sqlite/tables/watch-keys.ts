import type { Instant } from '../../../server/domain/clock.ts';
import {
  type WatchKey,
  type WatchKeyStore,
  type WatchKeyUse,
  watchKeyLimit,
} from '../../../server/ports/watch-key-store.ts';
import { and, asc, eq, isNotNull, isNull, lt, lte, or, sql } from '../../drizzle.ts';
import type { Methods, Synchronous } from '../commit/queued.ts';
import type { Drizzle, SqliteConnection } from '../file/connection.ts';
import { watchKeys } from '../schema/watch-keys.ts';

export const WATCH_KEY_METHODS: Methods<WatchKeyStore> = {
  add: 'write',
  byHash: 'read',
  key: 'read',
  ofProject: 'read',
  projects: 'read',
  remove: 'write',
  removeOfProject: 'write',
  used: 'write',
  suspend: 'write',
};

/** The port on SQLite, answered at once. */
export class SqliteWatchKeys implements Synchronous<WatchKeyStore> {
  readonly #db: Drizzle;

  constructor({ drizzle }: Pick<SqliteConnection, 'drizzle'>) {
    this.#db = drizzle;
  }

  add(key: WatchKey, most: number): void {
    const own = eq(watchKeys.projectId, key.projectId);
    this.#db.transaction((tx) => {
      const held = () => tx.select({ n: sql<number>`count(*)` }).from(watchKeys).where(own).get()?.n ?? 0;
      if (held() >= most) {
        tx.delete(watchKeys)
          .where(and(own, lte(watchKeys.expiresAt, key.createdAt)))
          .run();
        if (held() >= most) throw watchKeyLimit(most);
      }
      tx.insert(watchKeys).values(key).run();
    });
  }

  byHash(hash: string): WatchKey | undefined {
    return this.#db.select().from(watchKeys).where(eq(watchKeys.hash, hash)).get();
  }

  key(id: string): WatchKey | undefined {
    return this.#db.select().from(watchKeys).where(eq(watchKeys.id, id)).get();
  }

  ofProject(projectId: string): readonly WatchKey[] {
    return this.#db
      .select()
      .from(watchKeys)
      .where(eq(watchKeys.projectId, projectId))
      .orderBy(asc(watchKeys.createdAt), asc(watchKeys.id))
      .all();
  }

  projects(): readonly string[] {
    const rows = this.#db.selectDistinct({ id: watchKeys.projectId }).from(watchKeys);
    return rows
      .orderBy(asc(watchKeys.projectId))
      .all()
      .map(({ id }) => id);
  }

  remove(id: string): boolean {
    return this.#db.delete(watchKeys).where(eq(watchKeys.id, id)).run().changes > 0;
  }

  removeOfProject(projectId: string): readonly WatchKey[] {
    return this.#db.delete(watchKeys).where(eq(watchKeys.projectId, projectId)).returning().all();
  }

  used(uses: readonly WatchKeyUse[]): void {
    this.#db.transaction((tx) => {
      for (const { id, at } of uses) {
        const earlier = or(isNull(watchKeys.lastUsedAt), lt(watchKeys.lastUsedAt, at));
        tx.update(watchKeys)
          .set({ lastUsedAt: at })
          .where(and(eq(watchKeys.id, id), earlier))
          .run();
      }
    });
  }

  suspend(projectId: string, at: Instant | null): number {
    const differs = at === null ? isNotNull(watchKeys.suspendedAt) : isNull(watchKeys.suspendedAt);
    const where = and(eq(watchKeys.projectId, projectId), differs);
    return this.#db.update(watchKeys).set({ suspendedAt: at }).where(where).run().changes;
  }
}
