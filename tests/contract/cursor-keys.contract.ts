import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CursorKeyStore } from '../../server/ports/cursor-key-store.ts';

export interface OpenedCursorKeys {
  readonly cursorKeys: CursorKeyStore;
  close(): Promise<void>;
}

const key = (byte: number) => ({
  key: new Uint8Array(32).fill(byte),
  createdAt: byte,
  earlierUntil: byte + 10,
});

/** What every adapter of the cursor-key port must do. */
export function cursorKeysContract(name: string, open: () => Promise<OpenedCursorKeys>): void {
  const test = suite<OpenedCursorKeys>(`cursor keys: ${name}`);

  test.before.each(async (context) => {
    Object.assign(context, await open());
  });
  test.after.each((context) => context.close());

  const plain = async (store: CursorKeyStore) =>
    (await store.cursorKeys()).map((row) => ({ ...row, key: [...row.key] }));

  test('a new database has none', async ({ cursorKeys }) => {
    assert.equal(await cursorKeys.cursorKeys(), []);
  });

  test('each gets the next number and is listed as it was added, oldest first', async ({ cursorKeys }) => {
    for (const n of [1, 2, 3]) {
      const added = await cursorKeys.rotateCursorKey(() => ({ add: key(n), forget: [] }));
      assert.is(added.id, n);
      assert.equal([...added.key], [...key(n).key]);
    }
    assert.equal(
      await plain(cursorKeys),
      [1, 2, 3].map((id) => ({ id, ...key(id), key: [...key(id).key] })),
    );
  });

  test('a decision sees what is there, forgets what it names, and throws without effect', async (context) => {
    const { cursorKeys } = context;
    await cursorKeys.rotateCursorKey(() => ({ add: key(1), forget: [] }));
    const refused = await cursorKeys
      .rotateCursorKey((keys) => {
        assert.equal(
          keys.map(({ id }) => id),
          [1],
        );
        throw new Error('no');
      })
      .catch((error) => error);
    assert.match(refused.message, /^no$/);
    assert.is((await cursorKeys.cursorKeys()).length, 1);
    await cursorKeys.rotateCursorKey(() => ({ add: key(2), forget: [1] }));
    await cursorKeys.rotateCursorKey(() => ({ add: key(3), forget: [] }));
    assert.equal(
      (await cursorKeys.cursorKeys()).map(({ id }) => id),
      [2, 3],
    );
  });

  test('two at once come one after the other', async ({ cursorKeys }) => {
    const both = [1, 2].map((n) => cursorKeys.rotateCursorKey(() => ({ add: key(n), forget: [] })));
    assert.equal((await Promise.all(both)).map(({ id }) => id).sort(), [1, 2]);
  });

  test.run();
}
