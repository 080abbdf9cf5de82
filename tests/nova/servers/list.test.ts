import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import { anInstance, BUILT_AT, someDetails } from '../../support/builders.ts';
import { putInstance } from '../../support/store.ts';
import { type Cloud, identityOf, openCloud } from '../cloud.ts';

interface Context {
  cloud: Cloud;
}
interface List {
  readonly servers: { readonly id: string; readonly name: string }[];
  readonly servers_links?: readonly [{ readonly rel: string; readonly href: string }];
}

const DEMO = identityOf('alice')?.projectId as string;
const HOUR = 3_600_000;

const INSTANCES: Partial<Instance>[] = [
  {
    name: 'web-1',
    createdAt: BUILT_AT + 4,
    details: someDetails({ tags: ['a', 'b'], hostname: 'zeta', keyName: 'k1' }),
  },
  {
    name: 'Web-2',
    createdAt: BUILT_AT + 3,
    host: null,
    details: someDetails({ tags: ['a'], hostname: 'eta', description: 'the second' }),
  },
  {
    name: 'db-1',
    createdAt: BUILT_AT + 3,
    vmState: 'stopped',
    powerState: 4,
    flavorId: '2',
    details: someDetails({
      addresses: {
        net: [
          { addr: '10.0.0.7', version: 4, type: 'fixed', mac_addr: '' },
          { addr: 'fd00::7', version: 6, type: 'fixed', mac_addr: '' },
        ],
      },
    }),
  },
  { name: 'db-2', createdAt: BUILT_AT + 2, vmState: 'active', taskState: 'rebooting', locked: true },
  {
    name: 'old',
    createdAt: BUILT_AT + 1,
    updatedAt: BUILT_AT - HOUR,
    imageRef: '11111111-2222-3333-4444-555555555555',
  },
  { name: 'soft', vmState: 'soft-delete' },
  { name: 'gone', vmState: 'deleted', deletedAt: BUILT_AT + 9 },
];

const test = suite<Context>('lists of servers');

test.before(async (context) => {
  context.cloud = await openCloud({ empty: true });
  for (const fields of INSTANCES)
    await putInstance(context.cloud, anInstance({ projectId: DEMO, ...fields }));
});
test.after(({ cloud }) => cloud.close());

async function list(
  cloud: Cloud,
  query: string,
  { as = 'admin@demo', version = '2.75' } = {},
): Promise<List> {
  const answer = await cloud.request(as, 'GET', `/v2.1/servers${query}`, { version });
  assert.is(answer.status, 200, `${query}: ${answer.status}`);
  return (await answer.json()) as List;
}

async function names(cloud: Cloud, query: string, options = {}): Promise<string[]> {
  return (await list(cloud, query, options)).servers.map(({ name }) => name).sort();
}

async function status(
  cloud: Cloud,
  query: string,
  { as = 'admin@demo', version = '2.75' } = {},
): Promise<number> {
  return (await cloud.request(as, 'GET', `/v2.1/servers${query}`, { version })).status;
}

const FOUND: [query: string, expected: string[]][] = [
  ['', ['Web-2', 'db-1', 'db-2', 'old', 'web-1']],
  ['?name=web', ['Web-2', 'web-1']],
  ['?name=^web-1$', ['web-1']],
  ['?name=[12]$', ['Web-2', 'db-1', 'db-2', 'web-1']],
  ['?display_name=db', ['db-1', 'db-2']],
  ['?description=second', ['Web-2']],
  ['?host=c1', ['db-1', 'db-2', 'old', 'web-1']],
  ['?host=C1', []],
  ['?status=ACTIVE', ['Web-2', 'db-2', 'old', 'web-1']],
  ['?status=shutoff', ['db-1']],
  ['?status=REBOOT', ['db-2']],
  // One of them is the status of a vm_state itself: then any task_state will do, as in Nova.
  ['?status=REBOOT&status=SHUTOFF', ['Web-2', 'db-1', 'db-2', 'old', 'web-1']],
  ['?vm_state=stopped', ['db-1']],
  ['?task_state=rebooting', ['db-2']],
  ['?power_state=4', ['db-1']],
  ['?flavor=2', ['db-1']],
  ['?flavor=nosuch', []],
  ['?image=11111111-2222-3333-4444-555555555555', ['old']],
  ['?locked=true', ['db-2']],
  ['?locked=0', ['Web-2', 'db-1', 'old', 'web-1']],
  ['?tags=a,b', ['web-1']],
  ['?tags-any=a,b', ['Web-2', 'web-1']],
  ['?not-tags=a,b', ['Web-2', 'db-1', 'db-2', 'old']],
  ['?not-tags-any=a,b', ['db-1', 'db-2', 'old']],
  ['?ip=10.0', ['db-1']],
  ['?ip6=fd00', ['db-1']],
  ['?ip=nosuch&ip6=fd00', ['db-1']],
  ['?hostname=eta', ['Web-2', 'web-1']],
  ['?key_name=k', ['web-1']],
  ['?created_at=2026-01-01', ['Web-2', 'db-1', 'db-2', 'old', 'web-1']],
  ['?deleted=true', ['gone', 'soft']],
  ['?deleted=true&soft_deleted=false', ['gone', 'soft']],
  ['?deleted=true&soft_deleted=', ['gone']],
  ['?deleted=true&status=ACTIVE', []],
  ['?vm_state=deleted', []],
  ['?deleted=nonsense', ['Web-2', 'db-1', 'db-2', 'old', 'web-1']],
  ['?status=DELETED', ['gone']],
  ['?soft_deleted=true', ['Web-2', 'db-1', 'db-2', 'old', 'soft', 'web-1']],
  ['?changes-since=2025-12-31T23:30:00Z', ['Web-2', 'db-1', 'db-2', 'gone', 'soft', 'web-1']],
  ['?changes-since=2026-01-01T00:30:00%2B01:00', ['Web-2', 'db-1', 'db-2', 'gone', 'soft', 'web-1']],
  ['?changes-before=2025-12-31', []],
  ['?changes-before=2025-12-31T23:30', ['old']],
  ['?changes-since=2025-12-31T23:30:00Z&deleted=False', ['Web-2', 'db-1', 'db-2', 'web-1']],
];

for (const [query, expected] of FOUND) {
  test(`${query || 'no filter'} finds ${expected.join(', ') || 'nothing'}`, async ({ cloud }) => {
    assert.equal(await names(cloud, query), expected.sort());
  });
}

test('a filter that is not for everybody is passed over, until its version', async ({ cloud }) => {
  const all = await names(cloud, '', { as: 'alice' });
  for (const query of ['?host=nosuch', '?deleted=true', '?uuid=x', '?node=nosuch', '?display_name=nosuch']) {
    assert.equal(await names(cloud, query, { as: 'alice' }), all, query);
  }
  assert.equal(await names(cloud, '?vm_state=stopped', { as: 'alice', version: '2.82' }), all);
  assert.equal(await names(cloud, '?vm_state=stopped', { as: 'alice', version: '2.83' }), ['db-1']);
  assert.equal(await names(cloud, '?vm_state=deleted', { as: 'alice', version: '2.83' }), []);
  assert.equal(await names(cloud, '?hostname=eta', { as: 'alice', version: '2.89' }), all);
  assert.equal(await names(cloud, '?hostname=eta', { as: 'alice', version: '2.90' }), ['Web-2', 'web-1']);
  assert.equal(await names(cloud, '?ip6=fd00', { as: 'alice', version: '2.4' }), all);
  assert.equal(await names(cloud, '?ip6=fd00', { as: 'alice', version: '2.5' }), ['db-1']);
});

const REFUSED: [query: string, code: number, who?: { as?: string; version?: string }][] = [
  ['?limit=-1', 400],
  ['?limit=', 400],
  ['?limit=1&limit=x', 400],
  ['?marker=nosuch', 400],
  ['?name=', 400],
  ['?name=%5B', 400],
  ['?name=(?%3Da)', 400],
  ['?flavor=(', 400],
  ['?locked=maybe', 400],
  ['?status=NOSUCH', 400, { version: '2.38' }],
  ['?status=DELETED', 403, { as: 'alice' }],
  ['?all_tenants=1', 403, { as: 'alice' }],
  ['?all_tenants=1&locked=maybe', 400, { as: 'alice' }],
  ['?all_tenants=1&sort_dir=up', 403, { as: 'alice' }],
  ['?sort_key=host', 403, { as: 'alice' }],
  ['?sort_key=nosuch', 400, { version: '2.1' }],
  ['?sort_key=vcpus', 400, { version: '2.75' }],
  ['?sort_dir=up', 400],
  ['?sort_key=uuid&sort_dir=asc&sort_dir=desc', 400],
  ['?metadata=x', 400],
  ['?_secret=x', 400, { version: '2.1' }],
  ['?colour=red', 400, { version: '2.75' }],
  ['?changes-since=2026-02-30', 400],
  ['?changes-since=2026-02-02&changes-before=2026-02-01', 400],
  ['?name=%ff', 400],
];

for (const [query, code, who] of REFUSED) {
  test(`${query} is refused with ${code}`, async ({ cloud }) => {
    assert.is(await status(cloud, query, who), code);
  });
}

test('a parameter that a version does not know yet is ignored', async ({ cloud }) => {
  const all = await names(cloud, '');
  for (const [query, version] of [
    ['?colour=red', '2.74'],
    ['?tags=a', '2.25'],
    ['?changes-before=x', '2.65'],
    ['?locked=maybe', '2.72'],
    ['?sort_key=vcpus', '2.74'],
    ['?sort_key=locked', '2.72'],
  ] as const) {
    assert.equal(await names(cloud, query, { version }), all, query);
  }
  assert.equal(await names(cloud, '?status=NOSUCH', { version: '2.37' }), []);
});

test('a hostile pattern costs no more than its length', async ({ cloud }) => {
  for (const pattern of ['(a+)+$', '(.*)*x', '(x+x+)+y', '([a-zA-Z]+)*$']) {
    await status(cloud, `?${new URLSearchParams({ name: pattern })}`);
  }
  assert.is(await status(cloud, `?name=${'a'.repeat(1025)}`), 400);
  assert.is(await status(cloud, `?${new URLSearchParams({ name: '((a{100}){100}){100}' })}`), 400);
});

test('while rows are tested that take long, everybody else has their turn', async ({ cloud }) => {
  let turns = 0;
  let searching = true;
  const turn = () => {
    turns++;
    if (searching) setImmediate(turn);
  };
  setImmediate(turn);
  let tested = 0;
  const slow = () => {
    tested++;
    const until = performance.now() + 12;
    while (performance.now() < until);
    return false;
  };
  await cloud.store.instances({ filter: { projectId: DEMO, test: slow }, sort: [], limit: 1000 });
  searching = false;
  assert.ok(tested > 1 && turns >= tested - 1, `${turns} turns, ${tested} tests`);
});

test('pages walked one after the other are the whole list, in any size and order', async ({ cloud }) => {
  const keys = [
    '',
    'created_at',
    'display_name',
    'host',
    'hostname',
    'uuid',
    'updated_at',
    'task_state',
    'locked',
    'key_name',
    'progress',
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.constantFrom(...keys.slice(1)), { maxLength: 3 }),
      fc.constantFrom('asc', 'desc'),
      async (limit, sortKeys, direction) => {
        const query = new URLSearchParams(sortKeys.map((key) => ['sort_key', key]));
        if (sortKeys.length > 0) query.set('sort_dir', direction);
        const whole = (await list(cloud, `?${query}`)).servers.map(({ id }) => id);
        query.set('limit', String(limit));
        const walked: string[] = [];
        let next: string | undefined = `?${query}`;
        while (next !== undefined) {
          const page: List = await list(cloud, next);
          walked.push(...page.servers.map(({ id }) => id));
          assert.is(page.servers_links !== undefined, page.servers.length === limit);
          next = page.servers_links && new URL(page.servers_links[0].href).search;
        }
        assert.equal(walked, whole);
      },
    ),
    { numRuns: 60 },
  );
});

test('nothing is asked for with limit 0, and nothing more than 1000 with any', async ({ cloud }) => {
  assert.equal(await list(cloud, '?limit=0'), { servers: [] });
  assert.is((await list(cloud, '?limit=99999999999999999999')).servers.length, 5);
});

test('sorts by any key of Nova, nothing before something', async ({ cloud }) => {
  const order = async (query: string) => (await list(cloud, query)).servers.map(({ name }) => name);
  assert.equal((await order('?sort_key=host&sort_dir=asc'))[0], 'Web-2');
  assert.equal((await order('?sort_key=hostname&sort_dir=desc')).slice(0, 2), ['web-1', 'Web-2']);
  assert.equal((await order('')).at(0), 'web-1');
});

test('a sort key without its own direction takes the first that was given', async ({ cloud }) => {
  const order = async (query: string) => (await list(cloud, query)).servers.map(({ name }) => name);
  const upward = ['Web-2', 'db-1', 'db-2', 'old', 'web-1'];
  assert.equal(await order('?sort_key=project_id&sort_key=display_name&sort_dir=asc'), upward);
  assert.equal(
    await order('?sort_key=project_id&sort_key=display_name&sort_dir=desc&sort_dir=asc'),
    upward,
    'its own direction',
  );
  assert.equal(
    await order('?sort_key=project_id&sort_key=display_name&sort_dir=desc'),
    upward.toReversed(),
    'downward',
  );
});

test('the direction of a sort key that is ignored goes with the key', async ({ cloud }) => {
  const query = '?sort_key=vcpus&sort_key=display_name&sort_dir=desc&sort_dir=asc';
  const { servers } = await list(cloud, query, { version: '2.74' });
  assert.equal(
    servers.map(({ name }) => name),
    ['Web-2', 'db-1', 'db-2', 'old', 'web-1'],
  );
});

test('servers that are equal by all sort keys come by id, upward in either direction', async ({ cloud }) => {
  for (const direction of ['asc', 'desc']) {
    const { servers } = await list(cloud, `?sort_key=project_id&sort_dir=${direction}`);
    const ids = servers.map(({ id }) => id);
    assert.is(ids.length, 5);
    assert.equal(ids, ids.toSorted(), direction);
  }
});

test('a link to the next page keeps the project where the request named it', async ({ cloud }) => {
  const answer = await cloud.request('alice', 'GET', `/v2.1/${DEMO}/servers?limit=1`);
  const { servers, servers_links } = (await answer.json()) as List & {
    servers: { links: { href: string }[] }[];
  };
  assert.match(servers_links?.[0].href ?? '', new RegExp(`/v2\\.1/${DEMO}/servers\\?limit=1&marker=`));
  assert.match(servers[0]?.links[1]?.href ?? '', new RegExp(`example/${DEMO}/servers/`));
});

test.run();
