/** Flavors that were declared, and those that servers carry. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openConnection } from '../../../../db/sqlite/file/open.ts';
import { FlavorTable } from '../../../../db/sqlite/tables/flavors.ts';

const test = suite('SQLite: flavors');

const sized = (id: string, vcpus: number) => ({
  ...{ id, original_name: id, vcpus, ram: 512, disk: 1 },
  ...{ ephemeral: 0, swap: 0, extra_specs: {} },
});

/**
 * @param carried flavors of servers of project `p1`, in the order in which they are found; each `times` times, made so
 * many milliseconds apart
 */
async function tableWith(carried: readonly ReturnType<typeof sized>[], times = 1, apart = 0) {
  const connection = await openConnection(':memory:');
  const { client } = connection;
  const columns = (
    client.pragma('table_info(instances)') as { name: string; notnull: number; type: string }[]
  ).filter(({ notnull }) => notnull === 1);
  const given: Record<string, unknown> = { project_id: 'p1' };
  const names = [...new Set([...columns.map(({ name }) => name), 'details', 'flavor_id'])];
  const put = client.prepare(
    `INSERT INTO instances (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`,
  );
  const defaults = Object.fromEntries(columns.map(({ name, type }) => [name, type === 'TEXT' ? '' : 0]));
  let n = 0;
  client.transaction(() => {
    for (const flavor of carried)
      for (let time = 0; time < times; time++)
        put.run({
          ...defaults,
          ...given,
          created_at: 5 + n * apart,
          id: `i${String(n++).padStart(6, '0')}`,
          details: JSON.stringify({ flavor }),
          flavor_id: flavor.id,
        });
  })();
  return { connection, table: new FlavorTable(connection) };
}

test('a flavor that was declared is shown as declared, whatever its servers carry', async () => {
  const { connection, table } = await tableWith([sized('f1', 8)]);
  table.put(sized('f1', 2));
  assert.equal(
    table.list().map(({ vcpus }) => vcpus),
    [2],
  );
  await connection.close();
});

test('of servers of one flavor one with known sizes gives them', async () => {
  const { connection, table } = await tableWith([sized('f1', 0), sized('f1', 4)]);
  assert.equal(
    table.list().map(({ vcpus }) => vcpus),
    [4],
  );
  assert.equal(
    table.list('p1').map(({ vcpus }) => vcpus),
    [4],
  );
  await connection.close();
});

test('more servers than one step counts, made in one instant, are all counted', async () => {
  const { connection, table } = await tableWith([sized('f1', 2)], 10_050);
  const steps = table.usageOf('p1');
  let step = steps.next();
  while (!step.done) step = steps.next();
  assert.equal([step.value.instances, step.value.vcpus], [10_050, 20_100]);
  await connection.close();
});

test('servers made one after the other are counted ten thousand at a time at most', async () => {
  const { connection, table } = await tableWith([sized('f1', 2)], 25_000, 2);
  const { count } = connection.client.prepare('SELECT count(*) AS count FROM instances').get() as {
    count: number;
  };
  assert.is(count, 25_000);
  const steps = table.usageOf('p1');
  let turns = 0;
  let step = steps.next();
  for (; !step.done; turns += 1) step = steps.next();
  assert.is(step.value.instances, 25_000);
  assert.ok(turns > 3, `${turns} steps`);
  await connection.close();
});

test.run();
