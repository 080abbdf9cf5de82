import {
  type CursorKey,
  type CursorKeyRotation,
  type CursorKeyStore,
  nextKeyId,
} from '../../../server/ports/cursor-key-store.ts';
import { asc, inArray } from '../../drizzle.ts';
import type { Drizzle, SqliteConnection } from '../file/connection.ts';
import { cursorKeys } from '../schema/cursor-keys.ts';

/** The port on SQLite. */
export class SqliteCursorKeys implements CursorKeyStore {
  readonly #db: Drizzle;

  constructor({ drizzle }: Pick<SqliteConnection, 'drizzle'>) {
    this.#db = drizzle;
  }

  async cursorKeys(): Promise<readonly CursorKey[]> {
    return this.#db.select().from(cursorKeys).orderBy(asc(cursorKeys.id)).all();
  }

  async rotateCursorKey(decide: (keys: readonly CursorKey[]) => CursorKeyRotation): Promise<CursorKey> {
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
