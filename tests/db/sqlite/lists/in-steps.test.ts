/** A list that takes several turns of the event loop, with writes between them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openConnection } from '../../../../db/sqlite/file/open.ts';
import { InstanceQueries } from '../../../../db/sqlite/queries/instances.ts';
import { InstanceTable } from '../../../../db/sqlite/tables/instances.ts';
import { ServiceTable } from '../../../../db/sqlite/tables/services.ts';
import type { Instance } from '../../../../server/domain/instances/instance.ts';
import { TimeSlices } from '../../../../server/limits/time-slices.ts';
import type { InstanceFilter, InstanceSort } from '../../../../server/ports/instance-query.ts';
import { anInstance, BUILT_AT } from '../../../support/builders.ts';

const test = suite('SQLite: lists in steps');

const COUNT = 400;
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const server = (n: number, fields: Partial<Instance> = {}) =>
  anInstance({ id: idOf(n), name: `s${String(n).padStart(4, '0')}`, createdAt: BUILT_AT + n, ...fields });

/** A table of servers 0 to 399; every step of a list takes a turn of its own, and `between` runs before each turn. */
async function world() {
  const connection = await openConnection(':memory:');
  const instances = new InstanceTable(connection);
  const services = new ServiceTable(connection);
  const hook = { between: (_turn: number) => {}, turns: 0 };
  let now = 0;
  const slices = new TimeSlices({
    now: () => (now += 10),
    nextTurn: async () => hook.between(hook.turns++),
  });
  const queries = new InstanceQueries(connection, { instances, services }, 'documented', { slices });
  for (let n = 0; n < COUNT; n++) instances.put(server(n));
  const names = async (filter: InstanceFilter, sort: readonly InstanceSort[], limit: number) => {
    const page = await queries.page({ filter: { projectId: 'p1', ...filter }, sort, limit });
    return page.instances.map(({ name }) => name);
  };
  return { connection, instances, hook, names };
}

const BY_NAME: readonly InstanceSort[] = [{ key: 'name', direction: 'asc' }];
/** No index has this order: the list is searched. */
const BY_POWER: readonly InstanceSort[] = [
  { key: 'powerState', direction: 'asc' },
  { key: 'name', direction: 'asc' },
];

for (const [what, sort] of [
  ['read from an index', BY_NAME],
  ['searched', BY_POWER],
] as const) {
  test(`a page that is ${what} has no server twice while servers are renamed`, async () => {
    const { connection, instances, hook, names } = await world();
    // The first servers move to the end of the list.
    hook.between = (turn) => instances.put(server(turn, { name: `t${String(turn).padStart(4, '0')}` }));
    const page = await names({ deleted: false }, sort, COUNT);
    assert.ok(hook.turns > 3, `${hook.turns} turns`);
    assert.is(new Set(page).size, page.length);
    assert.is(page.length, COUNT);
    await connection.close();
  });

  test(`a page that is ${what} is full although servers of it were deleted meanwhile`, async () => {
    const { connection, instances, hook, names } = await world();
    hook.between = (turn) => {
      if (turn === 1) for (let n = 200; n < 230; n++) instances.remove(idOf(n));
    };
    const page = await names({ deleted: false }, sort, 300);
    assert.ok(hook.turns > 1);
    assert.is(page.length, 300);
    assert.equal(page, page.toSorted());
    assert.not.ok(page.includes('s0210'));
    await connection.close();
  });

  test(`a page that is ${what} has nobody who left the project meanwhile`, async () => {
    const { connection, instances, hook, names } = await world();
    hook.between = (turn) => {
      if (turn === 0) for (let n = 200; n < 250; n++) instances.put(server(n, { projectId: 'p2' }));
    };
    const page = await names({ deleted: false }, sort, COUNT);
    assert.is(page.length, COUNT - 50);
    await connection.close();
  });
}

test('the number of writes grows with every kind of them', async () => {
  const { connection, instances } = await world();
  let { version } = instances;
  for (const write of [
    () => instances.put(server(1)),
    () => instances.remove(idOf(1)),
    () => instances.statusChangedOn('c1', BUILT_AT),
  ]) {
    write();
    assert.is.not(instances.version, version);
    ({ version } = instances);
  }
  await connection.close();
});

test.run();
