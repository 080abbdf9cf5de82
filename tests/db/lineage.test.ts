/** A database that was put back, by whatever means: a client that has seen more than it holds begins again, and nobody else. */
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backupDatabase, restoreDatabase } from '../../db/backup.ts';
import { openDatabase } from '../../db/open.ts';
import { projectStream } from '../../server/ports/log.ts';
import type { Store } from '../../server/ports/store.ts';
import { Cursors } from '../../server/stream/cursor.ts';
import { anInstance, aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/process.ts';
import { putInstance, putService, TEST_RULES } from '../support/store.ts';

const test = suite('lineage');
const own = projectStream('p1');

class Life {
  readonly clock = new FakeClock();
  readonly path: string;
  store!: Store;
  close: () => Promise<void> = async () => undefined;

  constructor(path: string) {
    this.path = path;
  }

  async start(): Promise<this> {
    const { store, close } = await openDatabase(`sqlite:${this.path}`, {
      clock: this.clock,
      rules: TEST_RULES,
    });
    this.store = store;
    this.close = close;
    return this;
  }

  async begin(): Promise<void> {
    const t = { store: this.store, clock: this.clock, rules: TEST_RULES };
    await putService(t, aService({ host: 'c1' }));
    await putInstance(t, anInstance({ host: 'c1', projectId: 'p1' }));
  }

  /** Another row in the owner's stream. @returns a cursor behind it */
  async row(): Promise<string> {
    const [service] = await this.store.services();
    const t = { store: this.store, clock: this.clock, rules: TEST_RULES };
    await putService(t, { ...service!, forcedDown: !service!.forcedDown });
    return this.cursor();
  }

  async cursor(): Promise<string> {
    const { head, headEntry } = await this.store.bounds(own);
    return new Cursors(this.store).seal(own, { seq: head, entry: headEntry });
  }

  async resumes(cursor: string): Promise<string> {
    const { store } = this;
    const decision = await new Cursors(store).judge(cursor, {
      stream: own,
      bounds: await store.bounds(own),
      maxReplay: 100,
      entryAt: async (seq) => (await store.log(own, seq - 1, seq, 1))[0]?.entry,
    });
    return 'reset' in decision ? decision.reset : 'resumed';
  }

  files(): string[] {
    const name = basename(this.path);
    const folder = dirname(this.path);
    return readdirSync(folder)
      .filter((file) => [name, `${name}-wal`, `${name}-shm`].includes(file))
      .map((file) => join(folder, file));
  }
}

async function living(work: (life: Life, folder: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const life = await new Life(join(folder.path, 'test.db')).start();
  try {
    await life.begin();
    await work(life, folder.path);
  } finally {
    await life.close();
  }
}

/** Each puts the file back as it was when this was called, and starts again. */
const PUT_BACK: Record<string, (life: Life, folder: string) => Promise<() => Promise<void>>> = {
  async 'a copy of the file, made and put back while the server was stopped'(life, folder) {
    await life.close();
    copyFileSync(life.path, join(folder, 'copy'));
    await life.start();
    return async () => {
      await life.close();
      for (const file of life.files()) rmSync(file);
      copyFileSync(join(folder, 'copy'), life.path);
      await life.start();
    };
  },
  async 'a snapshot of the disk, with its log of writes, taken while the server ran'(life, folder) {
    for (const file of life.files()) copyFileSync(file, join(folder, `snapshot-${basename(file)}`));
    return async () => {
      await life.close();
      for (const file of life.files()) rmSync(file);
      for (const part of ['', '-wal']) {
        const snapshot = join(folder, `snapshot-${basename(life.path)}${part}`);
        if (existsSync(snapshot)) copyFileSync(snapshot, life.path + part);
      }
      await life.start();
    };
  },
  async 'the command restore'(life, folder) {
    await backupDatabase(`sqlite:${life.path}`, join(folder, 'backup'));
    return async () => {
      await life.close();
      await restoreDatabase(`sqlite:${life.path}`, join(folder, 'backup'));
      await life.start();
    };
  },
};

for (const [means, save] of Object.entries(PUT_BACK)) {
  for (const order of ['before', 'after'] as const) {
    test(`${means}: a client that saw more is reset, ${order} the numbers are given again`, async () => {
      await living(async (life, folder) => {
        const common = await life.row();
        const putBack = await save(life, folder);
        const lost = [await life.row(), await life.row()];
        await putBack();
        // What clients saw that came at once, or only when their numbers named other rows.
        if (order === 'after') for (let n = 0; n < 3; n++) await life.row();
        for (const cursor of lost) assert.is(await life.resumes(cursor), 'epoch');
        const isRestored = means === 'the command restore';
        assert.is(await life.resumes(common), isRestored ? 'epoch' : 'resumed');
        assert.is(await life.resumes(await life.row()), 'resumed');
      });
    });
  }
}

test('put back twice, the second future is another than the first', async () => {
  await living(async (life, folder) => {
    const putBack = await PUT_BACK['a copy of the file, made and put back while the server was stopped']!(
      life,
      folder,
    );
    await putBack();
    const first = await life.row();
    await putBack();
    await life.row();
    assert.is(await life.resumes(first), 'epoch');
  });
});

test('a restart, a kill and a trim reset no client', async () => {
  await living(async (life) => {
    const early = await life.row();
    const late = await life.row();
    await life.close();
    await life.start();
    assert.equal([await life.resumes(early), await life.resumes(late)], ['resumed', 'resumed']);
    const next = await life.row();
    await life.store.trim(life.clock.now() + 1, 0, 100);
    assert.is(await life.resumes(next), 'resumed', 'the last row is trimmed, and its place is known');
    await life.close();
    await life.start();
    assert.equal([await life.resumes(next), await life.resumes(early)], ['resumed', 'expired']);
    assert.is(await life.resumes(await life.row()), 'resumed');
    assert.is(await life.resumes(next), 'resumed', 'the place before the floor');
  });
});

test('every start begins an entry, and a jump of the wall clock with the next commit', async () => {
  await living(async (life) => {
    const before = await life.row();
    assert.is((await life.store.lineage()).length, 1);
    life.clock.stepWall(3_600_000);
    assert.is((await life.store.lineage()).length, 1);
    const after = await life.row();
    await life.row();
    const entries = await life.store.lineage();
    assert.equal(
      entries.map(({ why }) => why),
      ['clock', 'start'],
    );
    assert.is(new Set(entries.map(({ entry }) => entry)).size, 2);
    assert.ok((entries[0]?.head ?? 0) > (entries[1]?.head ?? 0));
    assert.equal([await life.resumes(before), await life.resumes(after)], ['resumed', 'resumed']);
    await life.close();
    await life.start();
    assert.is((await life.store.lineage()).length, 3);
  });
});

test('a machine set back with its memory gives the next number to a different row', async () => {
  await living(async (life, folder) => {
    await life.row();
    const putBack = await PUT_BACK[
      'a snapshot of the disk, with its log of writes, taken while the server ran'
    ]!(life, folder);
    const lost = await life.row();
    // The process goes on in what it remembers; here that is a start, whose entry a jump of the clock then replaces.
    await putBack();
    life.clock.stepWall(60_000);
    await life.row();
    assert.is(await life.resumes(lost), 'epoch');
  });
});

test.run();
