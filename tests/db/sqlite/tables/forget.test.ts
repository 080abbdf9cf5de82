/** What is kept only for looking back goes when its time is over, a few rows of each kind at a time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openConnection } from '../../../../db/sqlite/file/open.ts';
import { Forgetting } from '../../../../db/sqlite/tables/forget.ts';

const test = suite('SQLite: what is forgotten');

/** Three rows of each kind, of the times 1, 2 and 9. */
async function world() {
  const connection = await openConnection(':memory:');
  const { client } = connection;
  client.pragma('foreign_keys = OFF');
  const fill = (table: string, column: string) => {
    const columns = client.pragma(`table_info(${table})`) as {
      name: string;
      notnull: number;
      type: string;
    }[];
    const wanted = columns.filter(({ name, notnull }) => notnull === 1 || name === 'id' || name === column);
    const put = client.prepare(
      `INSERT INTO ${table} (${wanted.map(({ name }) => name).join(', ')}) VALUES (${wanted.map(() => '?').join(', ')})`,
    );
    for (const [n, time] of [1, 2, 9].entries())
      put.run(
        wanted.map(({ name, type }) => {
          if (name === column) return time;
          return type === 'TEXT' ? `${name}-${n}` : type === 'BLOB' ? Buffer.from([n]) : n + 1;
        }),
      );
  };
  fill('instances', 'deleted_at');
  fill('instance_actions', 'at');
  fill('audit', 'at');
  fill('agent_tokens', 'expires_at');
  fill('watch_keys', 'expires_at');
  const removed: string[] = [];
  const remove = (id: string) => {
    removed.push(id);
    client.prepare('DELETE FROM instances WHERE id = ?').run(id);
  };
  const actions: string[] = [];
  const forgetting = new Forgetting(connection, { remove } as never, {
    removeAll: (id: string) => void actions.push(id),
  });
  const left = (table: string) =>
    (client.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
  const counts = () =>
    ['instances', 'instance_actions', 'audit', 'agent_tokens', 'watch_keys'].map((table) => left(table));
  return { connection, forgetting, counts, removed, actions };
}

test('of each kind only what is older than its own time goes', async () => {
  const { connection, forgetting, counts, removed, actions } = await world();
  const gone = forgetting.run({ deleted: 3, actions: 2, audit: 100 }, 10);
  assert.equal(counts(), [1, 2, 0, 1, 1]);
  assert.is(gone, 2 + 1 + 3 + 2 + 2);
  assert.equal([removed.length, actions], [2, removed]);
  assert.is(forgetting.run({ deleted: 3, actions: 2, audit: 100 }, 10), 0);
  await connection.close();
});

test('at most so many of each kind go at once, the oldest first', async () => {
  const { connection, forgetting, counts } = await world();
  assert.is(forgetting.run({ deleted: 100, actions: 100, audit: 100 }, 1), 5);
  assert.equal(counts(), [2, 2, 2, 2, 2]);
  await connection.close();
});

test.run();
