import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import { anInstance, aService } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import { type Cloud, identityOf, openCloud } from '../cloud.ts';

interface Context {
  cloud: Cloud;
  id: string;
}

const DEMO = identityOf('alice')?.projectId as string;
const IMAGE = '11111111-2222-3333-4444-555555555555';

const test = suite<Context>('changes of servers');

test.before.each(async (context) => {
  context.cloud = await openCloud({ empty: true });
  for (const host of ['c1', 'c2']) await putService(context.cloud, aService({ host }));
  context.id = (await putInstance(context.cloud, anInstance({ projectId: DEMO }))).id;
});
test.after.each(({ cloud }) => cloud.close());

interface Asked {
  readonly as?: string;
  readonly version?: string;
}

async function ask(
  cloud: Cloud,
  method: string,
  path: string,
  body?: unknown,
  { as = 'admin', version = '2.75' }: Asked = {},
) {
  const answer = await cloud.request(as, method, `/v2.1/servers${path}`, {
    version,
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
    json: (text === '' ? undefined : JSON.parse(text)) as any,
  };
}

async function act({ cloud, id }: Context, body: unknown, asked: Asked = {}): Promise<number> {
  return (await ask(cloud, 'POST', `/${id}/action`, body, asked)).status;
}

async function stored({ cloud, id }: Context): Promise<Instance> {
  return (await cloud.store.instance(id)) as Instance;
}

async function have(context: Context, fields: Partial<Instance>): Promise<void> {
  await putInstance(context.cloud, { ...(await stored(context)), ...fields });
}

test('an owner renames and describes a server, and reads it so from then on', async (context) => {
  const { cloud, id } = context;
  const server = {
    name: 'new name',
    description: 'what for',
    accessIPv4: '192.0.2.1',
    'OS-DCF:diskConfig': 'AUTO',
  };
  const put = await ask(cloud, 'PUT', `/${id}`, { server }, { as: 'alice' });
  assert.is(put.status, 200);
  const show = await ask(cloud, 'GET', `/${id}`, undefined, { as: 'alice' });
  for (const [key, value] of Object.entries(server)) assert.is(show.json.server[key], value, key);
  assert.is(
    (await ask(cloud, 'PUT', `/${id}`, { server: { description: null } })).json.server.description,
    null,
  );
  assert.is((await ask(cloud, 'PUT', `/${id}`, { server: {} })).status, 200);
});

const BAD_UPDATES: [body: unknown, version: string][] = [
  [{}, '2.1'],
  [{ server: { name: '' } }, '2.1'],
  [{ server: { name: ' x' } }, '2.1'],
  [{ server: { name: 'x\u0000' } }, '2.1'],
  [{ server: { name: 'x'.repeat(256) } }, '2.1'],
  [{ server: { name: 12 } }, '2.1'],
  [{ server: { name: '🙂' } }, '2.1'],
  [{ server: { accessIPv4: 'fd00::1' } }, '2.1'],
  [{ server: { accessIPv6: '10.0.0.1' } }, '2.1'],
  [{ server: { description: 'x' } }, '2.18'],
  [{ server: { hostname: 'x1' } }, '2.89'],
  [{ server: { hostname: 'x.example' } }, '2.93'],
  [{ server: { status: 'ACTIVE' } }, '2.1'],
  [{ server: { name: 'x' }, more: 1 }, '2.1'],
  [[], '2.1'],
];

for (const [body, version] of BAD_UPDATES) {
  test(`${JSON.stringify(body).slice(0, 60)} is not an update at ${version}`, async ({ cloud, id }) => {
    assert.is((await ask(cloud, 'PUT', `/${id}`, body, { version })).status, 400);
  });
}

test('a reader changes nothing', async (context) => {
  const { cloud, id } = context;
  assert.is((await ask(cloud, 'PUT', `/${id}`, { server: { name: 'x' } }, { as: 'rita' })).status, 403);
  assert.is((await ask(cloud, 'DELETE', `/${id}`, undefined, { as: 'rita' })).status, 403);
  assert.is(await act(context, { 'os-stop': null }, { as: 'rita' }), 403);
});

test('a deleted server is gone by id and list, and shown by changes-since and stream', async (context) => {
  const { cloud, id } = context;
  const sent: Committed[] = [];
  cloud.store.onCommit((committed) => sent.push(committed));
  assert.is((await ask(cloud, 'DELETE', `/${id}`, undefined, { as: 'alice' })).status, 204);
  assert.is((await ask(cloud, 'GET', `/${id}`)).status, 404);
  assert.is((await ask(cloud, 'DELETE', `/${id}`)).status, 404);
  assert.equal((await ask(cloud, 'GET', '', undefined, { as: 'alice' })).json.servers, []);
  const since = await ask(cloud, 'GET', '/detail?changes-since=2025-01-01', undefined, { as: 'alice' });
  assert.equal(
    since.json.servers.map((server: { status: string }) => server.status),
    ['DELETED'],
  );
  const [item] = sent.flatMap(({ rows }) => rows).flatMap(({ items }) => JSON.parse(items));
  assert.is(item.kind, 'server_removed');
});

test('a locked server is changed by administrators only', async (context) => {
  const { cloud, id } = context;
  assert.is(await act(context, { lock: { locked_reason: 'why' } }, { as: 'alice' }), 202);
  assert.is((await ask(cloud, 'GET', `/${id}`)).json.server.locked_reason, 'why');
  assert.is(await act(context, { 'os-stop': null }, { as: 'alice' }), 409);
  assert.is((await ask(cloud, 'DELETE', `/${id}`, undefined, { as: 'alice' })).status, 409);
  assert.is(await act(context, { 'os-stop': null }), 202);
  assert.is(await act(context, { unlock: null }, { as: 'alice' }), 202);
  assert.is((await stored(context)).locked, false);
});

test("an owner does not undo an administrator's lock", async (context) => {
  assert.is(await act(context, { lock: null }, { version: '2.1' }), 202);
  assert.is(await act(context, { lock: null }, { as: 'alice' }), 202);
  assert.is((await stored(context)).details.lockedBy, 'admin');
  assert.is(await act(context, { unlock: null }, { as: 'alice' }), 403);
  assert.is(await act(context, { unlock: null }), 202);
});

test('an administrator resets any state under any lock, and nothing else changes', async (context) => {
  await have(context, { vmState: 'stopped', powerState: 4, taskState: 'rebooting', locked: true });
  assert.is(await act(context, { 'os-resetState': { state: 'error' } }), 202);
  const { vmState, taskState, powerState, host } = await stored(context);
  assert.equal(
    { vmState, taskState, powerState, host },
    { vmState: 'error', taskState: null, powerState: 4, host: 'c1' },
  );
  assert.is(await act(context, { 'os-resetState': { state: 'ERROR' } }), 400);
  assert.is(await act(context, { 'os-resetState': { state: 'active' } }, { as: 'alice' }), 403);
});

const STEPS: [action: unknown, from: string, to: string | number][] = [
  [{ 'os-start': null }, 'stopped', 'active'],
  [{ 'os-start': null }, 'active', 409],
  [{ 'os-stop': {} }, 'active', 'stopped'],
  [{ 'os-stop': null }, 'paused', 409],
  [{ pause: null }, 'active', 'paused'],
  [{ unpause: null }, 'paused', 'active'],
  [{ unpause: null }, 'active', 409],
  [{ suspend: null }, 'active', 'suspended'],
  [{ resume: null }, 'suspended', 'active'],
  [{ reboot: { type: 'SOFT' } }, 'stopped', 409],
  [{ reboot: { type: 'HARD' } }, 'stopped', 'active'],
  [{ reboot: { type: 'other' } }, 'active', 400],
  [{ shelve: null }, 'active', 'shelved'],
  [{ shelveOffload: null }, 'active', 409],
  [{ unshelve: null }, 'shelved', 'active'],
  [{ resize: { flavorRef: '1' } }, 'active', 400],
  [{ 'os-start': null, 'os-stop': null }, 'stopped', 400],
  [{}, 'active', 400],
  [null, 'active', 404],
];

for (const [body, from, to] of STEPS) {
  test(`${JSON.stringify(body)} of one that is ${from}: ${to}`, async (context) => {
    await have(context, { vmState: from });
    const status = await act(context, body);
    if (typeof to === 'number') assert.is(status, to);
    else assert.equal([status, (await stored(context)).vmState], [202, to]);
  });
}

test('shelved off, a server has no host; an administrator names the one it returns to', async (context) => {
  await have(context, { vmState: 'shelved' });
  assert.is(await act(context, { shelveOffload: null }, { as: 'alice' }), 403);
  assert.is(await act(context, { shelveOffload: null }), 202);
  assert.equal([(await stored(context)).host, (await stored(context)).vmState], [null, 'shelved_offloaded']);
  assert.is(await act(context, { unshelve: null }), 409);
  assert.is(await act(context, { unshelve: { host: 'c2' } }, { version: '2.90' }), 400);
  assert.is(await act(context, { unshelve: { host: 'c2' } }, { version: '2.91', as: 'alice' }), 403);
  assert.is(await act(context, { unshelve: { host: 'c2' } }, { version: '2.91' }), 202);
  assert.equal([(await stored(context)).host, (await stored(context)).vmState], ['c2', 'active']);
});

test('a move to another host is a change of placement, with its status for the owner', async (context) => {
  const { cloud } = context;
  await cloud.request('admin', 'PUT', '/v2.1/os-services/force-down', {
    version: '2.11',
    body: { host: 'c1', binary: 'nova-compute', forced_down: true },
  });
  const sent: Committed[] = [];
  cloud.store.onCommit((committed) => sent.push(committed));
  assert.is(await act(context, { 'os-migrateLive': { host: 'c2', block_migration: 'auto' } }), 202);
  assert.is((await stored(context)).host, 'c2');
  const [item] = sent.flatMap(({ rows }) => rows).flatMap(({ items }) => JSON.parse(items));
  assert.equal([item.kind, item.from, item.to, item.cause], ['transition', 'DOWN', 'UP', 'placement']);
});

test('a move needs a host that is named, is known and is another', async (context) => {
  const live = (host: unknown) => ({ 'os-migrateLive': { host, block_migration: false } });
  assert.is(await act(context, live(null)), 400);
  assert.is(await act(context, live('c1')), 400);
  assert.is(await act(context, live('nosuch')), 400);
  assert.is(await act(context, { migrate: { host: 'c2' } }, { version: '2.55' }), 400);
  assert.is(await act(context, { migrate: { host: 'c2' } }), 202);
});

test('a server is evacuated only from a host that is down', async (context) => {
  assert.is(await act(context, { evacuate: { host: 'c2' } }), 400);
  await context.cloud.request('admin', 'PUT', '/v2.1/os-services/force-down', {
    version: '2.11',
    body: { host: 'c1', binary: 'nova-compute', forced_down: true },
  });
  assert.is(await act(context, { evacuate: { host: 'c2' } }, { as: 'alice' }), 403);
  assert.is(await act(context, { evacuate: { host: 'c2' } }, { version: '2.95' }), 200);
  assert.equal([(await stored(context)).host, (await stored(context)).vmState], ['c2', 'stopped']);
});

test('a rebuild is answered as begun and recorded as done', async (context) => {
  const { cloud, id } = context;
  const body = { rebuild: { imageRef: IMAGE, name: 'again', metadata: { a: 'b' }, adminPass: 'chosen' } };
  const answer = await ask(cloud, 'POST', `/${id}/action`, body, { as: 'alice' });
  assert.is(answer.status, 202);
  assert.equal([answer.json.server.status, answer.json.server.adminPass], ['REBUILD', 'chosen']);
  const { taskState, imageRef, name, details } = await stored(context);
  assert.equal([taskState, imageRef, name, details.metadata], [null, IMAGE, 'again', { a: 'b' }]);
});

test('an owner writes as much metadata as Nova lets it, and takes some back above that', async ({
  cloud,
  id,
}) => {
  const as = { as: 'alice' };
  const path = `/${id}/metadata`;
  const many = (from: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`key-${from + n}`, 'x']));
  const add = (from: number, count: number) => ask(cloud, 'POST', path, { metadata: many(from, count) }, as);
  assert.is((await add(0, 128)).status, 200);
  const refused = await add(128, 1);
  assert.is(refused.status, 403);
  assert.match(JSON.stringify(refused.json), /Maximum number of metadata items exceeds 128/);
  assert.is((await add(0, 128)).status, 200);
  assert.is((await ask(cloud, 'PUT', path, { metadata: many(0, 129) }, as)).status, 403);
  assert.is((await ask(cloud, 'DELETE', `${path}/key-0`, undefined, as)).status, 204);
  assert.is((await add(128, 1)).status, 200);
});

test("metadata is an owner's to write, as a whole and key by key", async ({ cloud, id }) => {
  const as = { as: 'alice' };
  const path = `/${id}/metadata`;
  assert.equal((await ask(cloud, 'POST', path, { metadata: { a: '1', b: '2' } }, as)).json, {
    metadata: { a: '1', b: '2' },
  });
  assert.equal((await ask(cloud, 'PUT', `${path}/a`, { meta: { a: '3' } }, as)).json, { meta: { a: '3' } });
  assert.equal((await ask(cloud, 'GET', `${path}/a`, undefined, as)).json, { meta: { a: '3' } });
  assert.is((await ask(cloud, 'DELETE', `${path}/b`, undefined, as)).status, 204);
  assert.is((await ask(cloud, 'DELETE', `${path}/b`, undefined, as)).status, 404);
  assert.equal((await ask(cloud, 'GET', path, undefined, as)).json, { metadata: { a: '3' } });
  assert.equal((await ask(cloud, 'PUT', path, { metadata: {} }, as)).json, { metadata: {} });
  assert.is((await ask(cloud, 'PUT', `${path}/a`, { meta: { b: '3' } }, as)).status, 400);
  assert.is((await ask(cloud, 'POST', path, { metadata: { a: 1 } }, as)).status, 400);
  assert.is((await ask(cloud, 'POST', path, { metadata: { a: '1' } }, { as: 'rita' })).status, 403);
});

test('tags come and go from 2.26 on', async ({ cloud, id }) => {
  const tag = async (method: string, rest: string, body?: unknown, version = '2.26') =>
    (await ask(cloud, method, `/${id}/tags${rest}`, body, { as: 'alice', version })).status;
  assert.is(await tag('GET', '', undefined, '2.25'), 404);
  assert.equal([await tag('PUT', '/a'), await tag('PUT', '/a'), await tag('GET', '/a')], [201, 204, 204]);
  assert.equal(
    [await tag('DELETE', '/a'), await tag('DELETE', '/a'), await tag('GET', '/a')],
    [204, 404, 404],
  );
  assert.equal((await ask(cloud, 'PUT', `/${id}/tags`, { tags: ['b', 'c', 'b'] })).json, {
    tags: ['b', 'c'],
  });
  assert.is(await tag('PUT', '', { tags: ['b,c'] }), 400);
  assert.is(await tag('PUT', '', { tags: Array.from({ length: 51 }, (_, n) => `t${n}`) }), 400);
  assert.is(await tag('DELETE', ''), 204);
  assert.equal((await ask(cloud, 'GET', `/${id}/tags`)).json, { tags: [] });
  assert.is(await tag('PUT', '', { tags: Array.from({ length: 49 }, (_, n) => `t${n}`) }), 200);
  assert.equal([await tag('PUT', '/last'), await tag('PUT', '/more')], [201, 400]);
});

const NEW = { name: 'new', flavorRef: '1', imageRef: IMAGE };

test('an administrator registers a server on a host, and the project has it', async ({ cloud }) => {
  const server = { ...NEW, host: 'c2', networks: 'none', metadata: { a: 'b' }, tags: ['t'] };
  const answer = await ask(cloud, 'POST', '', { server }, { as: 'admin@demo' });
  assert.is(answer.status, 202);
  const { id, links } = answer.json.server;
  assert.is(answer.headers.get('location'), links[0].href);
  const shown = (await ask(cloud, 'GET', `/${id}`)).json.server;
  assert.equal(
    [shown.status, shown['OS-EXT-SRV-ATTR:host'], shown.host_status, shown.tenant_id, shown.tags],
    ['ACTIVE', 'c2', 'UP', DEMO, ['t']],
  );
  const forced = { ...NEW, availability_zone: 'nova:c1' };
  assert.is((await ask(cloud, 'POST', '', { server: forced }, { version: '2.1' })).status, 202);
});

test('a flavor is known from the servers that have it; of any other only the id is', async ({ cloud }) => {
  const flavorOf = async (flavorRef: string) => {
    const server = { ...NEW, flavorRef, host: 'c2', networks: 'none' };
    const { id } = (await ask(cloud, 'POST', '', { server })).json.server;
    return (await ask(cloud, 'GET', `/${id}`)).json.server.flavor;
  };
  assert.equal([(await flavorOf('1')).original_name, (await flavorOf('1')).ram], ['m1.tiny', 512]);
  assert.is((await flavorOf('http://nova.example/flavors/1')).original_name, 'm1.tiny');
  assert.equal([(await flavorOf('nosuch')).original_name, (await flavorOf('nosuch')).ram], ['nosuch', 0]);
});

test('several at once share a reservation, and the list finds them by it', async ({ cloud }) => {
  const server = { ...NEW, host: 'c2', networks: 'none', max_count: '3', return_reservation_id: true };
  const { json } = await ask(cloud, 'POST', '', { server }, { as: 'admin@demo' });
  const found = await ask(cloud, 'GET', `?reservation_id=${json.reservation_id}`, undefined, { as: 'alice' });
  assert.equal(found.json.servers.map(({ name }: { name: string }) => name).sort(), [
    'new-1',
    'new-2',
    'new-3',
  ]);
});

const BAD_SERVERS: [server: unknown, code: number, asked?: Asked][] = [
  [{ ...NEW, host: 'c2' }, 400],
  [{ ...NEW, host: 'c2', networks: 'none' }, 400, { version: '2.73' }],
  [{ ...NEW, networks: 'none' }, 400],
  [{ ...NEW, networks: 'none' }, 403, { as: 'alice' }],
  [{ ...NEW, networks: 'none', host: 'c2' }, 403, { as: 'alice' }],
  [{ ...NEW, networks: 'none', host: 'c2' }, 403, { as: 'rita' }],
  [{ ...NEW, availability_zone: 'nova:c1' }, 403, { as: 'alice', version: '2.1' }],
  [{ ...NEW, networks: 'none', host: 'nosuch' }, 400],
  [{ ...NEW, networks: 'none', host: 'c2', imageRef: 'x' }, 400],
  [{ ...NEW, networks: 'none', host: 'c2', min_count: 3, max_count: 2 }, 400],
  [{ ...NEW, networks: 'none', host: 'c2', max_count: 0 }, 400],
  [{ ...NEW, networks: 'none', host: 'c2', max_count: 100_000 }, 403],
  [{ name: 'x' }, 400, { version: '2.1' }],
  [undefined, 400],
];

for (const [server, code, asked = {}] of BAD_SERVERS) {
  test(`${JSON.stringify(server)?.slice(48)} by ${asked.as ?? 'admin'} at ${asked.version ?? '2.75'}: ${code}`, async ({
    cloud,
  }) => {
    assert.is((await ask(cloud, 'POST', '', { server }, asked)).status, code);
  });
}

test('a secret in a body is in no error', async ({ cloud }) => {
  const server = { ...NEW, adminPass: ['hunter2'], user_data: ['hunter2'], networks: 'none' };
  const { status, json } = await ask(cloud, 'POST', '', { server });
  assert.is(status, 400);
  assert.not.match(JSON.stringify(json), /hunter2/);
});

test.run();
