/** A page of servers must cost what it shows, not what the table holds: no list walks the table or sorts all of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SqliteConnection } from '../../../db/sqlite/file/connection.ts';
import { openConnection } from '../../../db/sqlite/file/open.ts';
import { accessPaths, type IndexRange } from '../../../db/sqlite/queries/access-paths.ts';
import { ownConditions } from '../../../db/sqlite/queries/instance-filter.ts';
import { INSTANCE_INDEXES } from '../../../db/sqlite/queries/instance-indexes.ts';
import { InstanceQueries } from '../../../db/sqlite/queries/instances.ts';
import { rangesAfter, wholeOrder } from '../../../db/sqlite/queries/keyset-paging.ts';
import { Reader } from '../../../db/sqlite/queries/reader.ts';
import { Walk } from '../../../db/sqlite/queries/walk.ts';
import { InstanceTable } from '../../../db/sqlite/tables/instances.ts';
import { ServiceTable } from '../../../db/sqlite/tables/services.ts';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import { TimeSlices } from '../../../server/limits/time-slices.ts';
import type { InstanceQuery, InstanceSort, InstanceSortKey } from '../../../server/ports/instance-query.ts';
import { anInstance } from '../../support/builders.ts';
import { plan } from './plan.ts';

const test = suite<{ connection: SqliteConnection & { close(): void } }>('SQLite: query plans');

test.before(async (context) => {
  context.connection = await openConnection(':memory:');
});

test.after(({ connection }) => connection.close());

const MARKER = anInstance();

const PRESENT = { deleted: false, exceptVmStates: ['soft-delete'] };
const OWN = { ...PRESENT, projectId: 'p' };
const by = (key: InstanceSortKey, direction: 'asc' | 'desc'): InstanceSort[] => [
  { key, direction },
  { key: 'id', direction: 'asc' },
];

/** Lists that an index has in their order: a page costs what it shows, also amid a bulk import, which is one long tie. */
const EXACT: [text: string, query: Partial<InstanceQuery>, marker: boolean, plan: string[]][] = [
  ['all servers', { filter: PRESENT }, false, ['SCAN instances USING INDEX instances_listed']],
  [
    'a later page of all servers',
    { filter: PRESENT },
    true,
    [
      'SEARCH instances USING INDEX instances_listed (created_at=? AND id>?)',
      'SEARCH instances USING INDEX instances_listed (created_at<?)',
    ],
  ],
  [
    "a project's servers",
    { filter: OWN },
    false,
    ['SEARCH instances USING INDEX instances_of_project_listed (project_id=?)'],
  ],
  [
    "a later page of a project's servers",
    { filter: OWN },
    true,
    [
      'SEARCH instances USING INDEX instances_of_project_listed (project_id=? AND created_at=? AND id>?)',
      'SEARCH instances USING INDEX instances_of_project_listed (project_id=? AND created_at<?)',
    ],
  ],
  [
    "a project's deleted servers",
    { filter: { deleted: true, projectId: 'p' } },
    false,
    ['SEARCH instances USING INDEX instances_deleted (project_id=?)'],
  ],
  [
    'all deleted servers',
    { filter: { deleted: true } },
    false,
    ['SCAN instances USING INDEX instances_deleted_listed'],
  ],
  [
    'servers of a flavor',
    { filter: { ...PRESENT, flavorId: 'f' } },
    false,
    ['SEARCH instances USING INDEX instances_of_flavor_listed (flavor_id=?)'],
  ],
  [
    "a project's servers of a flavor",
    { filter: { ...OWN, flavorId: 'f' } },
    true,
    [
      'SEARCH instances USING INDEX instances_of_project_of_flavor (project_id=? AND flavor_id=? AND created_at=? AND id>?)',
      'SEARCH instances USING INDEX instances_of_project_of_flavor (project_id=? AND flavor_id=? AND created_at<?)',
    ],
  ],
  [
    'servers of an image',
    { filter: { ...PRESENT, imageRef: 'i' } },
    false,
    ['SEARCH instances USING INDEX instances_of_image (image_ref=?)'],
  ],
  [
    "a project's servers of an image",
    { filter: { ...OWN, imageRef: 'i' } },
    false,
    ['SEARCH instances USING INDEX instances_of_project_of_image (project_id=? AND image_ref=?)'],
  ],
  [
    'servers in a state',
    { filter: { ...PRESENT, vmStates: ['error'] } },
    false,
    ['SEARCH instances USING INDEX instances_in_state (vm_state=?)'],
  ],
  [
    "a project's servers in a state",
    { filter: { ...OWN, vmStates: ['error'] } },
    false,
    ['SEARCH instances USING INDEX instances_of_project_in_state (project_id=? AND vm_state=?)'],
  ],
  [
    'what stands on a host',
    { filter: { ...PRESENT, host: 'h' } },
    false,
    ['SEARCH instances USING INDEX instances_on_host_listed (host=?)'],
  ],
  [
    'a later page of what stands on a host',
    { filter: { ...PRESENT, host: 'h' } },
    true,
    [
      'SEARCH instances USING INDEX instances_on_host_listed (host=? AND created_at=? AND id>?)',
      'SEARCH instances USING INDEX instances_on_host_listed (host=? AND created_at<?)',
    ],
  ],
  [
    'all servers by name',
    { filter: PRESENT, sort: by('name', 'asc') },
    true,
    [
      'SEARCH instances USING INDEX instances_named (name=? AND id>?)',
      'SEARCH instances USING INDEX instances_named (name>?)',
    ],
  ],
  [
    "a project's servers by name",
    { filter: OWN, sort: by('name', 'asc') },
    false,
    ['SEARCH instances USING INDEX instances_of_project_named (project_id=?)'],
  ],
  [
    'all servers by when they changed',
    { filter: { changedSince: 5 }, sort: by('updatedAt', 'asc') },
    false,
    ['SEARCH instances USING COVERING INDEX instances_changed (updated_at>?)'],
  ],
  [
    "a project's servers by id",
    { filter: OWN, sort: [{ key: 'id', direction: 'desc' }] },
    false,
    ['SEARCH instances USING INDEX instances_of_project (project_id=?)'],
  ],
];

for (const [text, query, marker, expected] of EXACT) {
  test(`${text}: by index`, ({ connection }) => {
    const { queries, order, paths } = asked(connection, query);
    assert.is(paths.length, 1);
    assert.ok(paths[0]?.isExact);
    const source = paths[0]?.sources[0] as IndexRange;
    const place = (key: InstanceSortKey) => MARKER[key as keyof Instance] as string | number | null;
    const ranges = marker ? rangesAfter(order, place) : [undefined];
    const plans = ranges.flatMap((range) => {
      const statement = queries.select(source, 10, range);
      return plan(connection, statement.sql, statement.params);
    });
    assert.equal(plans, expected);
  });
}

/** Lists that are searched: along which indexes, of which whichever ends first is the shortest. */
const SEARCHED: [
  text: string,
  query: Partial<InstanceQuery>,
  hosts: string[] | undefined,
  paths: string[],
][] = [
  [
    'by name from the end, as Nova breaks ties: only who shares a name is sorted',
    { filter: PRESENT, sort: by('name', 'desc') },
    undefined,
    ['instances_named'],
  ],
  [
    'the oldest first',
    { filter: OWN, sort: by('createdAt', 'asc') },
    undefined,
    ['instances_of_project_listed'],
  ],
  [
    'what changed since, by either time',
    { filter: { changedSince: 5 } },
    undefined,
    ['instances_listed+instances_deleted_listed', 'instances_changed'],
  ],
  [
    'what changed in a project between two times',
    { filter: { projectId: 'p', changedSince: 5, changedBefore: 9 } },
    undefined,
    ['instances_of_project_listed+instances_deleted', 'instances_of_project_changed'],
  ],
  [
    'servers in one of two states',
    { filter: { ...PRESENT, vmStates: ['error', 'stopped'] } },
    undefined,
    ['instances_in_state+instances_in_state'],
  ],
  [
    'what is deleted or waits for it',
    { filter: { deleted: true, softDeletedToo: true } },
    undefined,
    ['instances_deleted_listed+instances_in_state'],
  ],
  [
    'by host_status, where few hosts have it',
    { filter: { ...PRESENT, hostStatus: ['DOWN'] } },
    ['h1', 'h2'],
    ['instances_listed', 'instances_on_host_listed+instances_on_host_listed'],
  ],
  [
    'by host_status, where many hosts have it',
    { filter: { ...PRESENT, hostStatus: ['UP'] } },
    undefined,
    ['instances_listed'],
  ],
  [
    'a flavor by name: either the names or the flavor',
    { filter: { ...PRESENT, flavorId: 'f' }, sort: by('name', 'asc') },
    undefined,
    ['instances_named', 'instances_of_flavor_listed'],
  ],
  [
    'by host: only what stands on one host is sorted',
    { filter: PRESENT, sort: by('host', 'desc') },
    undefined,
    ['instances_on_host_listed'],
  ],
  [
    'by name, of what changed before: no index has another part of the rows than it is walked for',
    { filter: { changedBefore: 5 }, sort: by('name', 'asc') },
    undefined,
    ['instances_named+instances_deleted_listed', 'instances_changed'],
  ],
  [
    'a key that no index has',
    { filter: OWN, sort: by('launchedAt', 'desc') },
    undefined,
    ['instances_of_project_listed'],
  ],
];

for (const [text, query, hosts, expected] of SEARCHED) {
  test(`${text}: in steps along indexes, nothing sorted by the database`, ({ connection }) => {
    const { order, paths } = asked(connection, query, hosts);
    assert.equal(
      paths.map(({ sources }) => sources.map(({ index }) => index.name).join('+')),
      expected,
    );
    assert.not(paths.some(({ isExact }) => isExact));
    const walk = new Walk(connection, new Reader(connection));
    const conditions = ownConditions(query.filter ?? {});
    for (const source of paths.flatMap(({ sources }) => sources)) {
      const options = { order, conditions, test: undefined, after: undefined, limit: 10 };
      const { sql, params } = walk.statement(source, options, source.start, 10);
      const [step = '', ...more] = plan(connection, sql, params);
      assert.match(step, new RegExp(`USING (COVERING )?INDEX ${source.index.name}`));
      assert.equal(
        more.filter((detail) => !/json_each|LIST SUBQUERY|CREATE BLOOM FILTER/.test(detail)),
        [],
      );
    }
  });
}

test('every index that lists are read from is declared', ({ connection }) => {
  const names = connection.client
    .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'instances'")
    .pluck()
    .all();
  for (const { name } of INSTANCE_INDEXES) assert.ok(names.includes(name), name);
});

test('lists of one caller share its turn, and those of another have their own', async ({ connection }) => {
  const keys: unknown[] = [];
  class Noted extends TimeSlices {
    override run<T>(...args: Parameters<TimeSlices['run']>): Promise<T> {
      keys.push(args[2]);
      return super.run(...args) as Promise<T>;
    }
  }
  const slices = new Noted({ now: () => 0, nextTurn: async () => undefined });
  const tables = { instances: new InstanceTable(connection), services: new ServiceTable(connection) };
  const queries = new InstanceQueries(connection, tables, 'documented', { slices });
  const list = (more: Partial<InstanceQuery>) => queries.page({ filter: {}, sort: [], limit: 1, ...more });
  await Promise.all([list({ caller: 'p1' }), list({ caller: 'p1', filter: { projectId: 'p2' } })]);
  await list({ filter: { projectId: 'p2' } });
  assert.equal(keys, ['p1', 'p1', 'p2']);
});

function asked(connection: SqliteConnection, query: Partial<InstanceQuery>, hosts?: string[]) {
  const tables = { instances: new InstanceTable(connection), services: new ServiceTable(connection) };
  const queries = new InstanceQueries(connection, tables, 'documented');
  const order = wholeOrder(query.sort ?? []);
  return { queries, order, paths: accessPaths({ filter: query.filter ?? {}, order, hosts }) };
}

test('a list by ids is read by its ids, present and deleted ones in one search', () => {
  const filter = { ids: [MARKER.id], projectId: 'p' };
  const paths = accessPaths({ filter, order: wholeOrder([]), hosts: undefined });
  const searched = paths.map(({ sources }) => sources.map(({ index }) => index.name));
  assert.ok(
    searched.some(([first]) => first === 'sqlite_autoindex_instances_1'),
    JSON.stringify(searched),
  );
});

test.run();
