/** Another's servers do not exist: not by id, not by list, not by filter, marker or error. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Cloud, openCloud } from '../cloud.ts';

interface Context {
  cloud: Cloud;
}

/** A server of project demo; bob is of project other. */
const FOREIGN = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';

const test = suite<Context>('isolation of owners');

test.before(async (context) => {
  context.cloud = await openCloud();
});
test.after(({ cloud }) => cloud.close());

const WAYS: [method: string, rest: string, body?: unknown][] = [
  ['GET', ''],
  ['PUT', '', { server: { name: 'mine' } }],
  ['DELETE', ''],
  ['GET', '/metadata'],
  ['GET', '/metadata/key'],
  ['GET', '/ips'],
  ['POST', '/metadata', { metadata: { a: 'b' } }],
  ['PUT', '/metadata', { metadata: { a: 'b' } }],
  ['PUT', '/metadata/a', { meta: { a: 'b' } }],
  ['DELETE', '/metadata/a'],
  ['GET', '/tags'],
  ['PUT', '/tags', { tags: ['a'] }],
  ['DELETE', '/tags'],
  ['PUT', '/tags/a'],
  ['DELETE', '/tags/a'],
  ['GET', '/os-instance-actions'],
  ['POST', '/action', { 'os-resetState': { state: 'error' } }],
  ['POST', '/action', { 'os-start': null }],
  ['POST', '/action', { 'os-stop': null }],
  ['POST', '/action', { pause: null }],
  ['POST', '/action', { lock: null }],
  ['POST', '/action', { unlock: null }],
  ['POST', '/action', { shelve: null }],
  ['POST', '/action', { unshelve: null }],
  ['POST', '/action', { reboot: { type: 'HARD' } }],
  ['POST', '/action', { migrate: null }],
  ['POST', '/action', { evacuate: { host: 'cmp-01' } }],
  ['POST', '/action', { rebuild: { imageRef: randomUUID() } }],
];

for (const [method, rest, body] of WAYS) {
  const what = body === undefined ? rest : `${rest} ${Object.keys(body as object)}`;
  test(`${method} ${what}: another’s server is answered like one that does not exist`, async ({ cloud }) => {
    const answerFor = async (id: string) => {
      const answer = await cloud.request('bob', method, `/v2.1/servers/${id}${rest}`, {
        version: '2.75',
        ...(body === undefined ? {} : { body }),
      });
      const headers = [...answer.headers].filter(([name]) => !name.endsWith('request-id'));
      return { status: answer.status, headers, text: await answer.text() };
    };
    const foreign = await answerFor(FOREIGN);
    assert.is(foreign.status, 404);
    assert.equal(foreign, await answerFor(randomUUID()));
    assert.equal(foreign, await answerFor('no-uuid'));
  });
}

test("no query shows an owner another's server, whatever it asks", async ({ cloud }) => {
  const name = fc.constantFrom(
    'name',
    'host',
    'node',
    'uuid',
    'project_id',
    'tenant_id',
    'deleted',
    'status',
    'image',
    'flavor',
    'ip',
    'hostname',
    'host_status',
    'user_id',
    'reservation_id',
    'sort_key',
    'sort_dir',
    'changes-since',
    'tags',
    'not-tags',
    'vm_state',
    'limit',
    'all_tenants',
    'display_name',
    'instance_name',
    '_sa_instance_state',
    'metadata',
  );
  const value = fc.constantFrom(
    'srv',
    '.*',
    'cmp-01',
    FOREIGN,
    '878e05b4556041fab201d46b2ae911a6',
    'ACTIVE',
    'true',
    'false',
    '',
    '1',
    'UP',
    'DOWN',
    'created_at',
    'display_name',
    'asc',
    'm1.tiny',
    '2020-01-01',
    'active',
    'maybe',
  );
  const query = fc.array(fc.tuple(name, value), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      query,
      fc.constantFrom('', '/detail'),
      fc.constantFrom('2.1', '2.16', '2.53', '2.75', '2.100'),
      async (pairs, detail, version) => {
        const path = `/v2.1/servers${detail}?${new URLSearchParams(pairs)}`;
        const answer = await cloud.request('bob', 'GET', path, { version });
        assert.ok([200, 400, 403].includes(answer.status), `${path}: ${answer.status}`);
        const { servers = [] } = (await answer.json()) as { servers?: { name: string }[] };
        assert.ok(
          servers.every((server) => server.name === 'other-01'),
          path,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("another's server is not a valid marker", async ({ cloud }) => {
  const status = async (marker: string) =>
    (await cloud.request('bob', 'GET', `/v2.1/servers?marker=${marker}`)).status;
  assert.is(await status(FOREIGN), 400);
  assert.is(await status(randomUUID()), 400);
});

test('an owner never hears the name of a host', async ({ cloud }) => {
  for (const version of ['2.1', '2.16', '2.75', '2.100']) {
    const list = await (await cloud.request('alice', 'GET', '/v2.1/servers/detail', { version })).text();
    const one = await (await cloud.request('alice', 'GET', `/v2.1/servers/${FOREIGN}`, { version })).text();
    assert.not.match(list + one, /cmp-\d/);
  }
});

test('an administrator reads any server by id and lists all projects when asked to', async ({ cloud }) => {
  assert.is((await cloud.request('admin', 'GET', `/v2.1/servers/${FOREIGN}`)).status, 200);
  const own = (await (await cloud.request('admin', 'GET', '/v2.1/servers?tenant_id=x')).json()) as {
    servers: unknown[];
  };
  assert.is(own.servers.length, 0);
  for (const all of ['1', 'true', 'on', '']) {
    const answer = await cloud.request('admin', 'GET', `/v2.1/servers?all_tenants=${all}`);
    assert.is(((await answer.json()) as { servers: unknown[] }).servers.length, 14, all);
  }
  assert.is((await cloud.request('alice', 'GET', '/v2.1/servers?all_tenants=1')).status, 403);
  assert.is((await cloud.request('alice', 'GET', '/v2.1/servers?all_tenants=0')).status, 200);
});

test('flavors are shown of one’s own servers only', async ({ cloud }) => {
  const names = async (as: string) => {
    const answer = await cloud.request(as, 'GET', '/v2.1/flavors', { version: '2.75' });
    return ((await answer.json()) as { flavors: { name: string }[] }).flavors.map((flavor) => flavor.name);
  };
  assert.equal(await names('bob'), ['m1.tiny']);
  assert.equal((await names('alice')).sort(), ['m1.huge', 'm1.tiny']);
});

test.run();
