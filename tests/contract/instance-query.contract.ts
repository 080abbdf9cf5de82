/** `Store.instances` against the plainest model there is: filter an array, sort it, cut it. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostStatus } from '../../server/domain/host-status.ts';
import type { Instance } from '../../server/domain/instances/instance.ts';
import type { Service } from '../../server/domain/service.ts';
import type { InstanceFilter, InstanceSort, InstanceSortKey } from '../../server/ports/instance-query.ts';
import { anInstance, aService, BUILT_AT } from '../support/builders.ts';
import { putInstance, putService, type TestStore } from '../support/store.ts';

const few = (...values: string[]) => fc.constantFrom(...values);
const instant = fc.integer({ min: BUILT_AT, max: BUILT_AT + 3 });
const status = fc.constantFrom(
  'UP' as const,
  'DOWN' as const,
  'UNKNOWN' as const,
  'MAINTENANCE' as const,
  '' as const,
);

const ids = Array.from({ length: 8 }, (_, n) => `00000000-0000-4000-8000-00000000000${n}`);

const instance = fc
  .record({
    id: fc.oneof({ weight: 4, arbitrary: fc.uuid() }, { weight: 1, arbitrary: few(...ids) }),
    projectId: few('p1', 'p2'),
    userId: few('u1', 'u2'),
    name: few('a', 'b', 'B', 'ä'),
    host: fc.option(few('up', 'down', 'silent', 'off', 'bare')),
    node: fc.option(few('n1', 'n2')),
    imageRef: few('', 'i1'),
    flavorId: few('f1', 'f2'),
    vmState: few('active', 'stopped', 'soft-delete'),
    taskState: fc.option(few('rebooting', 'deleting')),
    powerState: fc.nat(2),
    availabilityZone: fc.option(few('z1', 'z2')),
    locked: fc.boolean(),
    createdAt: instant,
    updatedAt: instant,
    launchedAt: fc.option(instant),
    deletedAt: fc.option(instant, { freq: 3 }),
  })
  .map((fields) => anInstance(fields));

const everyCondition = fc.record({
  projectId: few('p1', 'p2'),
  userId: few('u1', 'u2'),
  host: few('up', 'down'),
  node: few('n1', 'n2'),
  ids: fc.uniqueArray(few(...ids), { maxLength: 3 }),
  imageRef: few('', 'i1'),
  flavorId: few('f1', 'f2'),
  vmStates: fc.array(few('active', 'stopped', 'error'), { maxLength: 2 }),
  exceptVmStates: fc.array(few('active', 'soft-delete'), { maxLength: 2 }),
  softDeletedToo: fc.constant(true),
  states: fc.array(
    fc.record(
      { vmState: few('active', 'stopped'), taskStates: fc.array(fc.option(few('rebooting', 'deleting'))) },
      { requiredKeys: ['vmState'] },
    ),
    { maxLength: 2 },
  ),
  availabilityZone: few('z1', 'z2'),
  deleted: fc.boolean(),
  locked: fc.boolean(),
  powerState: fc.nat(2),
  changedSince: instant,
  changedBefore: instant,
  hostStatus: fc.array(status, { maxLength: 2 }),
  test: fc.constant((candidate: Instance) => candidate.name !== 'a'),
});
type Condition = keyof InstanceFilter;

/** Few conditions at a time: with many the answer is empty, and proves nothing. */
const filter: fc.Arbitrary<InstanceFilter> = everyCondition.chain((every) =>
  fc
    .uniqueArray(fc.constantFrom(...(Object.keys(every) as Condition[])), { maxLength: 2 })
    .map((keys) => Object.fromEntries(keys.map((key) => [key, every[key as keyof typeof every]])))
    .map((some) => ('softDeletedToo' in some ? { ...some, deleted: true } : some)),
);

const SORTED: InstanceSortKey[] = ['createdAt', 'launchedAt', 'name', 'host', 'taskState', 'locked', 'id'];
const sort: fc.Arbitrary<InstanceSort[]> = fc.uniqueArray(
  fc.record({ key: fc.constantFrom(...SORTED), direction: fc.constantFrom('asc' as const, 'desc' as const) }),
  { maxLength: 3, selector: ({ key }) => key },
);

export function instanceQueryContract(name: string, open: () => Promise<TestStore>): void {
  const test = suite(`store, lists of servers: ${name}`);

  test('any list, read page by page, is the filtered and sorted whole', async () => {
    const instances = fc.uniqueArray(instance, { minLength: 15, maxLength: 25, selector: ({ id }) => id });
    await fc.assert(
      fc.asyncProperty(
        instances,
        fc.array(fc.tuple(filter, sort, fc.integer({ min: 1, max: 7 })), { minLength: 8, maxLength: 8 }),
        async (all, queries) => {
          const t = await open();
          try {
            const services = await hosts(t);
            const stored = await Promise.all(all.map((each) => putInstance(t, each)));
            for (const [condition, order, limit] of queries) {
              const expected = stored.filter((each) => matches(each, condition, services, t)).sort(by(order));
              const read = await pages(t, condition, order, limit);
              assert.equal(
                read.map(({ id }) => id),
                expected.map(({ id }) => id),
              );
            }
          } finally {
            await t.close();
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a rare match is found among thousands of rows that do not match', async () => {
    const t = await open();
    try {
      const many = Array.from({ length: 2_100 }, (_, n) =>
        anInstance({ createdAt: BUILT_AT + n, name: `vm-${n}` }),
      );
      await Promise.all(many.map((each) => putInstance(t, each)));
      const query = {
        filter: { test: ({ name }: Instance) => name === 'vm-3' || name === 'vm-1' },
        sort: [],
      };
      const { instances } = await t.store.instances({ ...query, limit: 10 });
      assert.equal(
        instances.map(({ name }) => name),
        ['vm-3', 'vm-1'],
      );
    } finally {
      await t.close();
    }
  });

  test("a marker that never was and another project's are the same: unknown", async () => {
    const t = await open();
    try {
      const { id } = await putInstance(t, anInstance({ projectId: 'p1' }));
      const ask = (marker: string, condition: InstanceFilter) =>
        t.store.instances({ filter: condition, sort: [], marker, limit: 5 });
      const unknown = { instances: [], unknownMarker: true };
      assert.equal(await ask(id, { projectId: 'p2' }), unknown);
      assert.equal(await ask('never', { projectId: 'p2' }), unknown);
      assert.is((await ask(id, { projectId: 'p1' })).unknownMarker, false);
      assert.is((await ask(id, { projectId: 'p1', locked: true })).unknownMarker, false);
    } finally {
      await t.close();
    }
  });

  test.run();
}

/** One host for each host_status, and one without a service. */
async function hosts(t: TestStore): Promise<Map<string | null, Service>> {
  const services = [
    aService({ host: 'up' }),
    aService({ host: 'down', forcedDown: true }),
    aService({ host: 'silent', live: false }),
    aService({ host: 'off', disabled: true, forcedDown: true }),
  ];
  await Promise.all(services.map((service) => putService(t, service)));
  return new Map(services.map((service) => [service.host, service]));
}

async function pages(
  { store }: TestStore,
  condition: InstanceFilter,
  order: readonly InstanceSort[],
  limit: number,
): Promise<Instance[]> {
  const read: Instance[] = [];
  for (;;) {
    const marker = read.at(-1)?.id;
    const query = { filter: condition, sort: order, limit, ...(marker === undefined ? {} : { marker }) };
    const page = await store.instances(query);
    assert.is(page.unknownMarker, false);
    assert.ok(page.instances.length <= limit);
    read.push(...page.instances);
    if (page.instances.length < limit) return read;
  }
}

function matches(
  each: Instance,
  condition: InstanceFilter,
  services: Map<string | null, Service>,
  { rules }: TestStore,
): boolean {
  const isDeleted =
    each.deletedAt !== null || (condition.softDeletedToo === true && each.vmState === 'soft-delete');
  return (
    SAME.every((key) => condition[key] === undefined || condition[key] === each[key]) &&
    (condition.ids?.includes(each.id) ?? true) &&
    !(condition.exceptVmStates?.includes(each.vmState) ?? false) &&
    (condition.vmStates?.includes(each.vmState) ?? true) &&
    (condition.states?.some(
      ({ vmState, taskStates }) => vmState === each.vmState && (taskStates?.includes(each.taskState) ?? true),
    ) ??
      true) &&
    (condition.deleted === undefined || condition.deleted === isDeleted) &&
    each.updatedAt >= (condition.changedSince ?? 0) &&
    each.updatedAt <= (condition.changedBefore ?? Number.POSITIVE_INFINITY) &&
    (condition.hostStatus?.includes(hostStatus(services.get(each.host), rules.order)) ?? true) &&
    (condition.test?.(each) ?? true)
  );
}

const SAME = [
  'projectId',
  'userId',
  'host',
  'node',
  'imageRef',
  'flavorId',
  'availabilityZone',
  'locked',
  'powerState',
] as const;

const NEWEST_FIRST = [
  { key: 'createdAt', direction: 'desc' },
  { key: 'id', direction: 'asc' },
] as const;

function by(order: readonly InstanceSort[]) {
  const given = order.length > 0 ? order : NEWEST_FIRST;
  const whole = [...given, { key: 'id', direction: given.at(-1)?.direction ?? 'asc' } as const];
  return (a: Instance, b: Instance): number => {
    for (const { key, direction } of whole) {
      const sign = compare(a[key as keyof Instance], b[key as keyof Instance]);
      if (sign !== 0) return direction === 'asc' ? sign : -sign;
    }
    return 0;
  };
}

/** NULL first; texts by code point, as the databases compare them. */
function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return (a as string) < (b as string) ? -1 : 1;
}
