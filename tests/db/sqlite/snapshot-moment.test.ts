/** A large snapshot is read from the file page by page, in one read transaction. */
import Database from 'better-sqlite3';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anInstance, aService } from '../../support/builders.ts';
import { openTestStore, putInstance, putService } from '../../support/store.ts';

const test = suite('moment of a snapshot');

/** More than is read at once, so that a connection of its own reads it. */
const MANY = 1_200;

test('a page that changes while the pages before it are read is shown as it was', async () => {
  const t = await openTestStore({ file: true, once: true });
  const other = new Database(t.url.slice('sqlite:'.length));
  try {
    await putService(t, aService());
    await Promise.all(Array.from({ length: MANY }, () => putInstance(t, anInstance({ name: 'before' }))));
    let seen = 0;
    const { items } = await t.store.projectSnapshot('p1', () => {
      seen += 1;
      // The first page of the connection of its own, after that which showed how large the snapshot is.
      if (seen === MANY - 100) other.exec(`UPDATE instances SET name = 'after'`);
      return {};
    });
    assert.ok(seen > MANY, 'some rows are read twice');
    assert.equal([items.length, [...new Set(items.map(({ name }) => name))]], [MANY, ['before']]);
    assert.is((await t.store.projectSnapshot('p1')).items[0]?.name, 'after');
  } finally {
    other.close();
    await t.close();
  }
});

test.run();
