/** What clients ask for in passing: flavors, hypervisors, hosts, limits and what was done to a server. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createImagesApp } from '../../server/nova/images.ts';
import type { FakeClock } from '../support/clock.ts';
import { type Cloud, openCloud, type RequestOptions } from './cloud.ts';

const test = suite<{ cloud: Cloud }>('neighbours of servers');
const SRV01 = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
const FOREIGN = '8fceeadc-614b-40ad-aa30-8f5c6c62bb33';

test.before.each(async (context) => {
  context.cloud = await openCloud();
});

test.after.each(({ cloud }) => cloud.close());

async function get(cloud: Cloud, as: string, path: string, version: string) {
  const answer = await cloud.request(as, 'GET', `/v2.1${path}`, { version });
  return { status: answer.status, json: await answer.json() };
}

const DECLARED = { id: 'gold', original_name: 'm1.gold', vcpus: 8, ram: 16384, disk: 80 };

test('a declared flavor is for every owner to see, that of a server for its owner', async ({ cloud }) => {
  const privateFlavor = { ...DECLARED, id: 'secret', original_name: 'm1.secret' };
  await cloud.seed({
    flavors: [DECLARED],
    instances: [
      {
        id: '11111111-1111-4111-8111-111111111111',
        name: 'x',
        project_id: '5e3141c9a4634830b38ce4e7290d16f3',
        host: 'cmp-01',
        flavor: privateFlavor,
      },
    ],
  });
  const status = async (as: string, id: string) => (await get(cloud, as, `/flavors/${id}`, '2.1')).status;
  assert.equal([await status('alice', 'gold'), await status('bob', 'gold')], [200, 200]);
  assert.equal(
    [await status('alice', 'secret'), await status('bob', 'secret'), await status('admin', 'secret')],
    [404, 200, 200],
  );
  const { json } = await get(cloud, 'bob', '/flavors/detail', '2.1');
  const gold = json.flavors.find((flavor: { id: string }) => flavor.id === 'gold');
  assert.equal([gold.vcpus, gold.ram, gold.disk, gold.name], [8, 16384, 80, 'm1.gold']);
});

test('hypervisors carry what their servers take, and from 2.88 on no sizes at all', async ({ cloud }) => {
  const before = await get(cloud, 'admin', '/os-hypervisors/detail', '2.87');
  const cmp01 = before.json.hypervisors.find(
    (one: { hypervisor_hostname: string }) => one.hypervisor_hostname === 'cmp-01',
  );
  assert.ok(cmp01.running_vms > 0);
  assert.ok(cmp01.vcpus_used > 0);
  assert.is(cmp01.vcpus, 0);
  const after = await get(cloud, 'admin', '/os-hypervisors/detail', '2.88');
  assert.not.ok('vcpus' in after.json.hypervisors[0]);
  assert.is(after.json.hypervisors[0].uptime, null);
  assert.is((await get(cloud, 'alice', '/os-hypervisors', '2.88')).status, 403);
  assert.is((await get(cloud, 'admin', `/os-hypervisors/${cmp01.id}/uptime`, '2.87')).status, 501);
});

test('hypervisors come in pages from 2.33 on', async ({ cloud }) => {
  const first = await get(cloud, 'admin', '/os-hypervisors?limit=1', '2.53');
  assert.is(first.json.hypervisors.length, 1);
  const next = new URL(first.json.hypervisors_links[0].href);
  const second = await get(cloud, 'admin', `${next.pathname.replace('/v2.1', '')}${next.search}`, '2.53');
  assert.is(second.json.hypervisors.length, 1);
  assert.is.not(second.json.hypervisors[0].id, first.json.hypervisors[0].id);
  assert.is((await get(cloud, 'admin', '/os-hypervisors?limit=x', '2.53')).status, 400);
  assert.is((await get(cloud, 'admin', '/os-hypervisors?marker=nosuch', '2.53')).status, 400);
});

test('a page has a thousand hypervisors at most, and each names a thousand servers', async ({ cloud }) => {
  const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const projectId = '5e3141c9a4634830b38ce4e7290d16f3';
  await cloud.seed({
    services: Array.from({ length: 1_001 }, (_, n) => ({ host: `more-${n}`, binary: 'nova-compute' })),
    instances: Array.from({ length: 1_001 }, (_, n) => ({
      id: id(n),
      name: `s${n}`,
      project_id: projectId,
      host: 'more-0',
      flavor: DECLARED,
    })),
  });
  const { json } = await get(cloud, 'admin', '/os-hypervisors?limit=5000', '2.53');
  assert.is(json.hypervisors.length, 1_000);
  assert.is(json.hypervisors_links.length, 1);
  const full = await get(
    cloud,
    'admin',
    '/os-hypervisors?hypervisor_hostname_pattern=more-0&with_servers=true',
    '2.53',
  );
  const named = full.json.hypervisors.find(
    (one: { hypervisor_hostname: string }) => one.hypervisor_hostname === 'more-0',
  );
  assert.is(named.servers.length, 1_000);
});

test('os-hosts is there until 2.42', async ({ cloud }) => {
  const { json } = await get(cloud, 'admin', '/os-hosts', '2.42');
  assert.ok(json.hosts.some((one: object) => JSON.stringify(one).includes('"compute"')));
  const host = await get(cloud, 'admin', '/os-hosts/cmp-01', '2.42');
  assert.equal(
    host.json.host.slice(0, 3).map(({ resource }: { resource: { project: string } }) => resource.project),
    ['(total)', '(used_now)', '(used_max)'],
  );
  assert.is((await get(cloud, 'admin', '/os-hosts/nosuch', '2.42')).status, 404);
  assert.is((await get(cloud, 'alice', '/os-hosts', '2.42')).status, 403);
  assert.is((await get(cloud, 'admin', '/os-hosts', '2.43')).status, 404);
});

test("limits count the project's own use, and name what the version has", async ({ cloud }) => {
  const absolute = async (version: string) =>
    (await get(cloud, 'alice', '/limits', version)).json.limits.absolute;
  const oldest = await absolute('2.1');
  assert.ok(oldest.totalInstancesUsed > 0);
  assert.is(oldest.maxTotalFloatingIps, -1);
  assert.not.ok('maxTotalFloatingIps' in (await absolute('2.36')));
  assert.not.ok('maxImageMeta' in (await absolute('2.39')));
  assert.not.ok('maxPersonality' in (await absolute('2.57')));
  assert.is((await get(cloud, 'alice', '/limits?tenant_id=other', '2.1')).status, 403);
  assert.is((await get(cloud, 'admin', '/limits?tenant_id=other', '2.1')).status, 200);
});

test('empty collections are empty, not unknown', async ({ cloud }) => {
  assert.equal((await get(cloud, 'alice', '/os-server-groups', '2.1')).json, { server_groups: [] });
  assert.is((await get(cloud, 'alice', '/os-server-groups/x', '2.1')).json.itemNotFound.code, 404);
  assert.equal((await get(cloud, 'admin', '/os-aggregates', '2.1')).json, { aggregates: [] });
  assert.is((await get(cloud, 'admin', '/os-aggregates/1', '2.1')).json.itemNotFound.code, 404);
});

test('extensions name what is served', async ({ cloud }) => {
  const { json } = await get(cloud, 'alice', '/extensions', '2.1');
  assert.ok(json.extensions.some(({ alias }: { alias: string }) => alias === 'os-services'));
  assert.is((await get(cloud, 'alice', '/extensions/os-services', '2.1')).json.extension.name, 'Services');
  assert.is((await get(cloud, 'alice', '/extensions/nosuch', '2.1')).status, 404);
});

async function act(cloud: Cloud, as: string, id: string, body: unknown, options: RequestOptions = {}) {
  return cloud.request(as, 'POST', `/v2.1/servers/${id}/action`, { version: '2.100', ...options, body });
}

test('actions on a server are kept under the id of their request, newest first', async ({ cloud }) => {
  const stopped = await act(cloud, 'alice', SRV01, { 'os-stop': null });
  const requestId = stopped.headers.get('x-openstack-request-id');
  await act(cloud, 'alice', SRV01, { 'os-start': null });
  await act(cloud, 'admin', SRV01, { 'os-resetState': { state: 'error' } });
  const { json } = await get(cloud, 'alice', `/servers/${SRV01}/os-instance-actions`, '2.1');
  assert.equal(
    json.instanceActions.map(({ action }: { action: string }) => action),
    ['resetState', 'start', 'stop'],
  );
  assert.not.ok('updated_at' in json.instanceActions[0]);
  const path = `/servers/${SRV01}/os-instance-actions/${requestId}`;
  const shown = (await get(cloud, 'alice', path, '2.51')).json.instanceAction;
  assert.equal([shown.action, shown.instance_uuid, shown.events], ['stop', SRV01, []]);
  assert.not.ok('events' in (await get(cloud, 'alice', path, '2.50')).json.instanceAction);
  assert.ok('events' in (await get(cloud, 'admin', path, '2.50')).json.instanceAction);
  assert.is((await get(cloud, 'alice', `/servers/${SRV01}/os-instance-actions/req-x`, '2.51')).status, 404);
  assert.is((await get(cloud, 'bob', path, '2.51')).status, 404);
  assert.is((await get(cloud, 'alice', `/servers/${FOREIGN}/os-instance-actions`, '2.51')).status, 404);
});

test('actions come in pages from 2.58 on, by the ids of their requests', async ({ cloud }) => {
  for (const action of ['os-stop', 'os-start', 'os-stop'])
    await act(cloud, 'alice', SRV01, { [action]: null });
  const list = `/servers/${SRV01}/os-instance-actions`;
  const first = (await get(cloud, 'alice', `${list}?limit=2`, '2.58')).json;
  assert.is(first.instanceActions.length, 2);
  assert.ok(first.instanceActions[0].updated_at);
  const next = new URL(first.links[0].href);
  const rest = (await get(cloud, 'alice', next.pathname.replace('/v2.1', '') + next.search, '2.58')).json;
  assert.is(rest.instanceActions.length, 1);
  assert.is((await get(cloud, 'alice', `${list}?marker=nosuch`, '2.58')).status, 400);
  assert.is((await get(cloud, 'alice', `${list}?colour=red`, '2.58')).status, 400);
  assert.is((await get(cloud, 'alice', `${list}?changes-before=2020-01-01`, '2.65')).status, 400);
  const past = await get(cloud, 'alice', `${list}?changes-before=2020-01-01`, '2.66');
  assert.equal(past.json.instanceActions, []);
});

test('changes-since and changes-before of actions include their own moment', async ({ cloud }) => {
  await act(cloud, 'alice', SRV01, { 'os-stop': null });
  const list = `/servers/${SRV01}/os-instance-actions`;
  const [done] = (await get(cloud, 'alice', list, '2.66')).json.instanceActions;
  const found = async (query: string) =>
    (await get(cloud, 'alice', `${list}?${query}`, '2.66')).json.instanceActions.length;
  const at = `${done.start_time}Z`;
  const [before, after] = [-1, 1].map((ms) => new Date(Date.parse(at) + ms).toISOString());
  assert.equal(
    await Promise.all(
      [`since=${at}`, `since=${after}`, `before=${at}`, `before=${before}`].map((one) =>
        found(`changes-${one}`),
      ),
    ),
    [1, 0, 1, 0],
  );
});

test('actions of a deleted server can be read from 2.21 on', async ({ cloud }) => {
  await cloud.request('alice', 'DELETE', `/v2.1/servers/${SRV01}`);
  const list = `/servers/${SRV01}/os-instance-actions`;
  assert.is((await get(cloud, 'alice', list, '2.20')).status, 404);
  assert.is((await get(cloud, 'alice', list, '2.21')).json.instanceActions[0].action, 'delete');
  assert.is((await get(cloud, 'bob', list, '2.21')).status, 404);
});

test('a server that was deleted softly can be restored, any can be deleted at once', async ({ cloud }) => {
  assert.is((await act(cloud, 'alice', SRV01, { restore: null })).status, 409);
  await cloud.seed({
    instances: [
      { id: SRV01, name: 'srv-01', project_id: '878e05b4556041fab201d46b2ae911a6', vm_state: 'soft-delete' },
    ],
  });
  assert.is((await act(cloud, 'alice', SRV01, { restore: null })).status, 202);
  assert.is((await get(cloud, 'alice', `/servers/${SRV01}`, '2.1')).json.server.status, 'ACTIVE');
  assert.is((await act(cloud, 'alice', SRV01, { forceDelete: null })).status, 202);
  assert.is((await get(cloud, 'alice', `/servers/${SRV01}`, '2.1')).status, 404);
});

test('an action that hostbeat cannot do is refused, and of another’s server it is 404', async ({ cloud }) => {
  assert.is((await act(cloud, 'alice', SRV01, { createImage: { name: 'x' } })).status, 400);
  assert.is((await act(cloud, 'alice', FOREIGN, { createImage: { name: 'x' } })).status, 404);
});

test('an image is looked up by any UUID and listed never', async () => {
  const app = createImagesApp({
    authenticator: { authenticate: async () => ({}) as never },
    baseUrl: () => 'http://nova.example',
  });
  const ask = (path: string) =>
    app.request(`http://nova.example/v2/images${path}`, { headers: { 'X-Auth-Token': 't' } });
  const id = '11111111-1111-4111-8111-111111111111';
  assert.is((await (await ask(`/${id}`)).json()).id, id);
  assert.is((await ask('/nosuch')).status, 404);
  assert.equal((await (await ask('?name=x')).json()).images, []);
});

test('a page of actions is taken from those of the time that was asked for', async ({ cloud }) => {
  const clock = cloud.clock as FakeClock;
  const list = `/servers/${SRV01}/os-instance-actions`;
  for (const body of [{ 'os-stop': null }, { 'os-start': null }]) {
    const { status } = await cloud.request('alice', 'POST', `/v2.1/servers/${SRV01}/action`, { body });
    assert.is(status, 202);
    clock.advance(60_000);
  }
  const at = (minutes: number) => new Date(clock.now() - minutes * 60_000).toISOString();
  const asked = async (query: string) =>
    (await get(cloud, 'alice', `${list}?limit=1&${query}`, '2.66')).json.instanceActions.map(
      ({ action }: { action: string }) => action,
    );
  assert.equal(await asked(`changes-before=${at(1.5)}`), ['stop']);
  assert.equal(await asked(`changes-since=${at(1.5)}`), ['start']);
  assert.equal(await asked(`changes-since=${at(0.5)}`), []);
});

test('the first action of a server is its making', async ({ cloud }) => {
  const server = { name: 'new', flavorRef: '1', imageRef: SRV01, networks: 'none', host: 'cmp-01' };
  const made = await cloud.request('admin', 'POST', '/v2.1/servers', { version: '2.74', body: { server } });
  assert.is(made.status, 202);
  const { id } = ((await made.json()) as { server: { id: string } }).server;
  const { json } = await get(cloud, 'admin', `/servers/${id}/os-instance-actions`, '2.1');
  assert.equal(
    json.instanceActions.map(({ action }: { action: string }) => action),
    ['create'],
  );
});

test.run();
