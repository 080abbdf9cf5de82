/** Whatever is asked of the compute API, by whom and in which words: it never fails, and answers in Nova's shapes. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROUTES } from '../../server/nova/routes.ts';
import { type Cloud, openCloud } from './cloud.ts';

const IDS = [
  'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37',
  'ED53A620-9EBD-4E3A-AF21-6D9F21D0AD37',
  '8fceeadc-614b-40ad-aa30-8f5c6c62bb33',
  '64817c24-434f-4bcf-b5a9-6dd0b957cf49',
  '2',
  'cmp-01',
  'enable',
  'force-down',
  'detail',
  '__proto__',
  'constructor',
  '%00',
  '-1',
  '1e400',
  "x' OR 1=1--",
];
const PARAMETERS = [
  ...[
    'limit',
    'marker',
    'sort_key',
    'sort_dir',
    'all_tenants',
    'status',
    'name',
    'ip',
    'ip6',
    'host',
    'image',
  ],
  ...[
    'flavor',
    'changes-since',
    'changes-before',
    'deleted',
    'soft_deleted',
    'tags',
    'not-tags-any',
    'locked',
  ],
  ...[
    'tenant_id',
    'project_id',
    'user_id',
    'uuid',
    'vm_state',
    'task_state',
    'power_state',
    'created_at',
    'node',
  ],
  ...[
    'host_status',
    'hostname',
    'key_name',
    'config_drive',
    'metadata',
    '_x',
    '__proto__',
    'colour',
    'binary',
  ],
  ...['with_servers', 'hypervisor_hostname_pattern', 'minRam', 'is_public', 'zone', 'availability_zone'],
];
const VALUES = [
  ...[
    '',
    '0',
    '1',
    '-1',
    '1e3',
    '99999999999999999999',
    'true',
    'False',
    'maybe',
    'ACTIVE',
    'DELETED',
    'error',
  ],
  ...[
    '(a+)+$',
    '[',
    '(?=x)',
    '\\1',
    '.*',
    'x'.repeat(300),
    '2026-01-01T00:00:00Z',
    '2026-13-99',
    'asc',
    'desc',
  ],
  ...[
    'display_name',
    'host',
    'created_at',
    'constructor',
    'UP',
    'DOWN',
    '\u0000',
    '\ud800',
    'é',
    'cmp-01',
    ...IDS,
  ],
];
const KEYS = [
  ...[
    'server',
    'name',
    'description',
    'host',
    'binary',
    'forced_down',
    'status',
    'disabled_reason',
    'metadata',
  ],
  ...[
    'meta',
    'tags',
    'os-resetState',
    'state',
    'os-stop',
    'os-start',
    'reboot',
    'type',
    'lock',
    'unlock',
    'rebuild',
  ],
  ...['evacuate', 'os-migrateLive', 'migrate', 'shelve', 'unshelve', 'restore', 'forceDelete', 'createImage'],
  ...[
    'imageRef',
    'flavorRef',
    'networks',
    'availability_zone',
    'min_count',
    'max_count',
    '__proto__',
    'accessIPv6',
  ],
];
/** Bodies that come far, so that what is behind the schemas is met too. */
const GOOD_BODIES = [
  { 'os-resetState': { state: 'error' } },
  { 'os-stop': null },
  { reboot: { type: 'HARD' } },
  { rebuild: { imageRef: IDS[0] } },
  { 'os-migrateLive': { host: 'cmp-02', block_migration: 'auto' } },
  { evacuate: { host: 'cmp-02' } },
  { unshelve: { host: 'cmp-02' } },
  { shelve: null },
  { forceDelete: null },
  { server: { name: 'x', flavorRef: '1', networks: 'none', availability_zone: 'nova:cmp-01' } },
  { server: { name: 'x', flavorRef: '1', min_count: 3, availability_zone: 'nova:cmp-01', imageRef: '' } },
  { server: { accessIPv6: '::ffff:1.2.3.4', name: 'y' } },
  { host: 'cmp-01', binary: 'nova-compute', forced_down: 'yes' },
  { status: 'disabled', disabled_reason: 'x' },
  { metadata: { a: 'b', __proto__: 'c' } },
  { meta: { 'cmp-01': 'b' } },
  { tags: ['a', 'a', 'b'] },
];

const value = fc.constantFrom(...VALUES);
const someJson = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.oneof(value, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string()),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie('node'), { maxKeys: 4 }),
  ),
})).node;

const request = fc.record({
  as: fc.constantFrom('admin', 'alice', 'rita', 'bob', 'admin@demo'),
  root: fc.constantFrom('/v2.1', '/v2.1', '/v2.1', '/v2', '/v2.1/878e05b4556041fab201d46b2ae911a6'),
  route: fc.constantFrom(...ROUTES),
  method: fc.option(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'), {
    freq: 9,
    nil: undefined,
  }),
  id: fc.constantFrom(...IDS),
  key: fc.constantFrom(...IDS),
  version: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 100 }).map((minor) => `2.${minor}`) },
    { weight: 1, arbitrary: fc.constantFrom('latest', '2.0', '2.101', '3.0', '2.01', 'x', '2.1.1') },
  ),
  query: fc.array(fc.tuple(fc.constantFrom(...PARAMETERS), value), { maxLength: 4 }),
  body: fc.oneof(
    fc.constantFrom(...GOOD_BODIES).map((body) => JSON.stringify(body)),
    someJson.map((body) => JSON.stringify(body)),
    fc.constantFrom('', '{', '[]', 'null', '"x"', '\ufeff{}', `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`),
  ),
  type: fc.constantFrom('application/json', 'application/json', 'text/plain', 'text/xml', ''),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

const NAMES: Record<number, string> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  406: 'computeFault',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  501: 'notImplemented',
};

const test = suite<{ cloud: Cloud }>('the compute API, asked anything');

test.before(async (context) => {
  context.cloud = await openCloud();
  context.cloud.setPolicy('"os_compute_api:servers:create:forced_host": "@"');
});

test.after(({ cloud }) => cloud.close());

test("answers in Nova's shapes and never fails", async ({ cloud }) => {
  await fc.assert(
    fc.asyncProperty(request, async (one) => {
      const answer = await ask(cloud, one);
      const text = await answer.text();
      assert.ok(answer.status < 500 || answer.status === 501, `${answer.status} ${text}`);
      assert.ok(text.length < 2_000_000);
      if (answer.status >= 400) refusedAsNovaDoes(answer.status, text, one);
      else if (text !== '') JSON.parse(text);
      if (/^2\.\d+$/.test(one.version) && one.root !== '/v2' && answer.status < 400) {
        assert.is(answer.headers.get('openstack-api-version'), `compute ${one.version}`);
      }
    }),
    { numRuns: 1500 },
  );
});

async function ask(cloud: Cloud, one: Request): Promise<Response> {
  const path = one.route.path
    .replace(':id', one.id === '%00' ? one.id : encodeURIComponent(one.id))
    .replace(':key', one.key === '%00' ? one.key : encodeURIComponent(one.key));
  const query = one.query
    .map(([name, text]) => `${name}=${encodeURIComponent(text.toWellFormed())}`)
    .join('&');
  const method = one.method ?? one.route.method;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return cloud.ask(`http://nova.example${one.root}${path}?${query}`, {
    method,
    headers: {
      'X-Auth-Token': one.as,
      'OpenStack-API-Version': `compute ${one.version}`,
      ...(one.type === '' ? {} : { 'Content-Type': one.type }),
    },
    ...(hasBody ? { body: one.body } : {}),
  });
}

/** The router answers an unknown path; everything else has a name, its code and a text. */
function refusedAsNovaDoes(status: number, text: string, one: Request): void {
  if (one.method === 'HEAD') return;
  const body = JSON.parse(text);
  if (status === 404 && 'title' in body) return;
  const name = NAMES[status] ?? 'computeFault';
  assert.equal(Object.keys(body), [name], text);
  assert.is(body[name].code, status);
  assert.type(body[name].message, 'string');
  assert.ok(body[name].message.length < 1500, text);
}

const STATUSES = new Set(['UP', 'DOWN', 'MAINTENANCE', 'UNKNOWN', '']);

test("a list's filters never show an owner what is not its own", async ({ cloud }) => {
  const listing = fc.record({
    version: fc.integer({ min: 1, max: 100 }),
    query: fc.array(fc.tuple(fc.constantFrom(...PARAMETERS), value), { maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(listing, async ({ version, query }) => {
      const text = query
        .map(([name, words]) => `${name}=${encodeURIComponent(words.toWellFormed())}`)
        .join('&');
      const answer = await cloud.request('bob', 'GET', `/v2.1/servers/detail?${text}`, {
        version: `2.${version}`,
      });
      if (answer.status !== 200) return;
      for (const server of (await answer.json()).servers) {
        assert.is(server.tenant_id, '5e3141c9a4634830b38ce4e7290d16f3');
        assert.ok(server.host_status === undefined || STATUSES.has(server.host_status));
        assert.not.ok('OS-EXT-SRV-ATTR:host' in server);
      }
    }),
    { numRuns: 400 },
  );
});

test.run();
