import {
  type CursorKey,
  type CursorKeyRotation,
  type CursorKeyStore,
  nextKeyId,
} from '../../../server/ports/cursor-key-store.ts';
import { asc, inArray, sql } from '../../drizzle.ts';
import type { Reads } from '../connection/reads.ts';
import { cursorKeys } from '../schema/cursor-keys.ts';
import type { Touching } from './touching.ts';

/** The port on PostgreSQL. A rotation is a commit, so that every node switches keys at the same place in the log. */
export class PostgresCursorKeys implements CursorKeyStore {
  readonly #reads: Reads;
  readonly #touching: Touching;

  constructor(reads: Reads, touching: Touching) {
    this.#reads = reads;
    this.#touching = touching;
  }

  cursorKeys(): Promise<readonly CursorKey[]> {
    return this.#reads.answered(async () =>
      this.#reads.drizzle.select().from(cursorKeys).orderBy(asc(cursorKeys.id)),
    );
  }

  rotateCursorKey(decide: (keys: readonly CursorKey[]) => CursorKeyRotation): Promise<CursorKey> {
    return this.#touching.change(async (db) => {
      await db.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended('cursor keys', 0))`);
      const keys = await db.select().from(cursorKeys).orderBy(asc(cursorKeys.id));
      const { add, forget } = decide(keys);
      const result = { id: nextKeyId(keys), ...add, key: Buffer.from(add.key) };
      if (forget.length > 0) await db.delete(cursorKeys).where(inArray(cursorKeys.id, [...forget]));
      await db.insert(cursorKeys).values(result);
      return { result, touched: [{ cursorKeys: true }] };
    });
  }
}
