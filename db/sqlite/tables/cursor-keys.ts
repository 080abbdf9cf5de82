import {
  type CursorKey,
  type CursorKeyRotation,
  type CursorKeyStore,
  nextKeyId,
} from '../../../server/ports/cursor-key-store.ts';
import { asc, inArray } from '../../drizzle.ts';
import type { Methods, Synchronous } from '../commit/queued.ts';
import type { Drizzle, SqliteConnection } from '../file/connection.ts';
import { cursorKeys } from '../schema/cursor-keys.ts';

export const CURSOR_KEY_METHODS: Methods<CursorKeyStore> = { cursorKeys: 'read', rotateCursorKey: 'write' };

/** The port on SQLite, answered at once. */
export class SqliteCursorKeys implements Synchronous<CursorKeyStore> {
  readonly #db: Drizzle;

  constructor({ drizzle }: Pick<SqliteConnection, 'drizzle'>) {
    this.#db = drizzle;
  }

  cursorKeys(): readonly CursorKey[] {
    return this.#db.select().from(cursorKeys).orderBy(asc(cursorKeys.id)).all();
  }

  rotateCursorKey(decide: (keys: readonly CursorKey[]) => CursorKeyRotation): CursorKey {
    return this.#db.transaction((tx) => {
      const keys = tx.select().from(cursorKeys).orderBy(asc(cursorKeys.id)).all();
      const { add, forget } = decide(keys);
      const row = { id: nextKeyId(keys), ...add, key: Buffer.from(add.key) };
      if (forget.length > 0)
        tx.delete(cursorKeys)
          .where(inArray(cursorKeys.id, [...forget]))
          .run();
      tx.insert(cursorKeys).values(row).run();
      return row;
    });
  }
}
