/** Single rules of Nova, each as one question and the status of its answer: who asks what, at which version. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Instance } from '../../server/domain/instances/instance.ts';
import { anInstance, aService, someDetails } from '../support/builders.ts';
import { putInstance, putService } from '../support/store.ts';
import { type Cloud, identityOf, openCloud } from './cloud.ts';

interface Context {
  cloud: Cloud;
  uuid: string;
}

const DEMO = identityOf('alice')?.projectId as string;
const IMAGE = '11111111-2222-4333-8444-555555555555';
const ID = 'aaaaaaaa-1111-4111-8111-111111111111';

const test = suite<Context>('rules of Nova');

test.before.each(async (context) => {
  context.cloud = await openCloud({ empty: true });
  await putService(context.cloud, aService({ host: 'c1' }));
  const { uuid } = await putService(context.cloud, aService({ host: 'c2', zone: 'west' }));
  context.uuid = uuid;
});
test.after.each(({ cloud }) => cloud.close());

interface Rule {
  readonly as?: string;
  readonly at?: string;
  /** The server as it is before. */
  readonly having?: Partial<Instance>;
  readonly body?: unknown;
  readonly is: number;
}

/** `{uuid}` stands for that of a hypervisor, `{id}` for that of a server of alice's. */
function rule(what: string, request: string, { as = 'admin', at = '2.100', having, body, is }: Rule): void {
  test(`${what}: ${request} at ${at} is ${is}`, async ({ cloud, uuid }) => {
    await putInstance(cloud, anInstance({ id: ID, projectId: DEMO, ...having }));
    const [method = '', path = ''] = request.replace('{id}', ID).replace('{uuid}', uuid).split(' ');
    const answer = await cloud.request(as, method, `/v2.1${path}`, {
      version: at,
      ...(body === undefined ? {} : { body }),
    });
    assert.is(answer.status, is, await answer.text());
  });
}

const ACT = 'POST /servers/{id}/action';

rule('a task at work is in the way', ACT, {
  having: { taskState: 'migrating' },
  body: { 'os-stop': null },
  is: 409,
});
rule('so is never having been launched', ACT, {
  having: { vmState: 'error', launchedAt: null },
  body: { 'os-stop': null },
  is: 409,
});
rule('not knowing when is not', ACT, { having: { launchedAt: null }, body: { 'os-stop': null }, is: 202 });
rule('so is standing nowhere', ACT, { having: { host: null }, body: { 'os-stop': null }, is: 409 });
rule('a hard reboot cuts a soft one short', ACT, {
  having: { taskState: 'rebooting' },
  body: { reboot: { type: 'HARD' } },
  is: 202,
});
rule('a soft one does not', ACT, {
  having: { taskState: 'rebooting' },
  body: { reboot: { type: 'SOFT' } },
  is: 409,
});

const DOWN = { host: 'c3' };
rule('a malformed host is not found', ACT, {
  having: DOWN,
  body: { evacuate: { host: 'nosuch' } },
  is: 404,
});
rule('the same host is none to go to', ACT, { body: { evacuate: { host: 'c1' } }, is: 400 });
rule('a disk that stays keeps its password', ACT, {
  having: DOWN,
  at: '2.13',
  body: { evacuate: { host: 'c2', onSharedStorage: true, adminPass: 'x' } },
  is: 400,
});
rule('a task is not in the way of it', ACT, {
  having: { ...DOWN, taskState: 'migrating' },
  body: { evacuate: { host: 'c2' } },
  is: 200,
});

rule('what a dead host has is not migrated', ACT, {
  having: DOWN,
  body: { migrate: { host: 'c2' } },
  is: 409,
});
rule('what a live one has is', ACT, { body: { migrate: { host: 'c2' } }, is: 202 });

const OFFLOADED = { vmState: 'shelved_offloaded', host: null, node: null };
rule('a zone is for who has no host', ACT, {
  having: { vmState: 'shelved' },
  body: { unshelve: { availability_zone: 'nova' } },
  is: 409,
});
rule('so is a host', ACT, { having: { vmState: 'shelved' }, body: { unshelve: { host: 'c2' } }, is: 409 });
rule('no words at all are as null', ACT, { having: { vmState: 'shelved' }, body: { unshelve: {} }, is: 202 });
rule('but not before 2.91', ACT, { at: '2.77', having: OFFLOADED, body: { unshelve: {} }, is: 400 });
rule('a zone must be there', ACT, {
  having: OFFLOADED,
  body: { unshelve: { availability_zone: 'moon' } },
  is: 400,
});
rule('a host must be in the zone', ACT, {
  having: OFFLOADED,
  body: { unshelve: { availability_zone: 'nova', host: 'c2' } },
  is: 409,
});
rule('a host and its zone will do', ACT, {
  having: OFFLOADED,
  body: { unshelve: { availability_zone: 'west', host: 'c2' } },
  is: 202,
});
rule('a host outside of where it is pinned will not', ACT, {
  having: { ...OFFLOADED, details: someDetails({ pinnedAvailabilityZone: 'nova' }) },
  body: { unshelve: { host: 'c2' } },
  is: 409,
});
rule('unless it is unpinned', ACT, {
  having: { ...OFFLOADED, details: someDetails({ pinnedAvailabilityZone: 'nova' }) },
  body: { unshelve: { availability_zone: null, host: 'c2' } },
  is: 202,
});
rule('below 2.77 nobody looks', ACT, {
  at: '2.76',
  having: { vmState: 'shelved' },
  body: { unshelve: 7 },
  is: 202,
});

rule('no body is no action', ACT, { is: 400 });
rule('nor is null, which has no keys to count', ACT, { body: null, is: 404 });
rule('null is no body', 'PUT /servers/{id}', { body: null, is: 400 });
rule('but none is null', 'PUT /servers/{id}/tags/a', { body: null, is: 201 });
rule('nobody here could do it', ACT, { body: { resize: { flavorRef: '2' } }, is: 400 });
rule('which has gone', ACT, { at: '2.44', body: { addFloatingIp: { address: '10.0.0.1' } }, is: 404 });
rule('which had not', ACT, { at: '2.43', body: { addFloatingIp: { address: '10.0.0.1' } }, is: 400 });
rule('which had not come', ACT, { at: '2.16', body: { trigger_crash_dump: null }, is: 404 });

const LOCKED = { locked: true };
const FULL = { details: someDetails({ tags: Array.from({ length: 50 }, (_, n) => `t${n}`) }) };
rule('a lock is in the way of metadata', 'POST /servers/{id}/metadata', {
  as: 'alice',
  having: LOCKED,
  body: { metadata: {} },
  is: 409,
});
rule('and not of tags', 'PUT /servers/{id}/tags/a', { as: 'alice', having: LOCKED, is: 201 });
rule('an error is in the way of both', 'PUT /servers/{id}/tags/a', { having: { vmState: 'error' }, is: 409 });
rule('an error is in the way of both', 'PUT /servers/{id}/metadata/a', {
  having: { vmState: 'error' },
  body: { meta: { a: 'b' } },
  is: 409,
});
rule('a missing thing is reported first', 'DELETE /servers/{id}/metadata/a', {
  having: { vmState: 'error' },
  is: 404,
});
rule('so is what does not fit', 'PUT /servers/{id}/metadata/a', {
  having: { vmState: 'error' },
  body: { meta: { b: 'c' } },
  is: 400,
});
rule('a server comes before its key', 'PUT /servers/nosuch/metadata/a', {
  body: { meta: { b: 'c' } },
  is: 404,
});
rule('two items are not one', 'PUT /servers/nosuch/metadata/a', {
  body: { meta: { a: '1', b: '2' } },
  is: 400,
});
rule('a tag has no body', 'PUT /servers/{id}/tags/a', { body: {}, is: 400 });
rule('fifty tags are enough, even the same', 'PUT /servers/{id}/tags/t1', { having: FULL, is: 400 });
rule('a tag has no comma', 'PUT /servers/{id}/tags/a,b', { is: 400 });

const NEW = { name: 'n', flavorRef: '1', imageRef: IMAGE, networks: 'none', host: 'c2' };
const create = (what: string, body: Record<string, unknown>, is: number, at = '2.100', as = 'admin') =>
  rule(what, 'POST /servers', { as, at, body: { server: { ...NEW, ...body } }, is });
create('as Nova has it', {}, 202);
create('without an image', { imageRef: '' }, 400);
create(
  'from a volume',
  { imageRef: '', block_device_mapping_v2: [{ uuid: IMAGE, source_type: 'volume' }] },
  202,
);
create('both kinds of devices', { block_device_mapping: [{}], block_device_mapping_v2: [{}] }, 400);
create('a device of no kind', { block_device_mapping_v2: [{ source_type: 'moon' }] }, 400);
create('a device with a tag', { block_device_mapping_v2: [{ tag: 't' }] }, 202);
create(
  'a volume type too early',
  { block_device_mapping_v2: [{ volume_type: 't' }], host: undefined },
  400,
  '2.66',
);
create('a network without a name', { networks: [{}] }, 400);
create('a network by a name that is no id', { networks: [{ uuid: 'net' }] }, 400);
create('a port and an address', { networks: [{ port: IMAGE, fixed_ip: '10.0.0.1' }] }, 400);
create('a network and an address', { networks: [{ uuid: IMAGE, fixed_ip: '10.0.0.1' }] }, 202);
create('malformed user data', { user_data: 'a' }, 400);
create('user data', { user_data: 'YQ==' }, 202);
create('a certificate twice', { trusted_image_certificates: ['a', 'a'] }, 400);
create('no certificates', { trusted_image_certificates: null }, 202);
create('one hostname for two', { hostname: 'ab', max_count: 2 }, 400);
create('fewer at most than at least', { min_count: 3, max_count: 2 }, 400);
create('more at once than the quota', { max_count: 101 }, 403);
create('a description beyond the basic plane', { description: '🙂' }, 400);
create('a host by who may not name one', {}, 403, '2.100', 'alice');
for (const [hints, is] of [
  [{ group: 'no-uuid' }, 400],
  [{ group: IMAGE, anything: 'else' }, 202],
  [{ same_host: [IMAGE] }, 202],
  [{ cidr: '10' }, 400],
] as const) {
  const body = { server: NEW, 'os:scheduler_hints': hints };
  rule(`hints ${JSON.stringify(hints)}`, 'POST /servers', { body, is });
}

rule('a sum of all', 'GET /os-hypervisors/statistics', { at: '2.87', is: 200 });
rule('which is gone', 'GET /os-hypervisors/statistics', { at: '2.88', is: 404 });
rule('and not for everybody', 'GET /os-hypervisors/statistics', { as: 'alice', at: '2.87', is: 403 });
rule('an id of no form', 'GET /os-hypervisors/nosuch', { at: '2.53', is: 400 });
rule('an id of no form', 'GET /os-hypervisors/nosuch', { at: '2.52', is: 404 });
rule('an id of nobody', 'GET /os-hypervisors/11111111-2222-4333-8444-555555555555', { is: 404 });
rule('how long it has been up', 'GET /os-hypervisors/{uuid}/uptime', { at: '2.87', is: 501 });
rule('which is gone', 'GET /os-hypervisors/{uuid}/uptime', { at: '2.88', is: 404 });
rule('more than there is', 'GET /os-hypervisors?colour=red', { at: '2.53', is: 400 });
rule('more than there is', 'GET /os-hypervisors?colour=red', { at: '2.52', is: 200 });
rule('the same twice', 'GET /os-hypervisors?limit=1&limit=2', { at: '2.53', is: 400 });
rule('a truth of no form', 'GET /os-hypervisors/{uuid}?with_servers=maybe', { is: 400 });
rule('by a part of the name that nobody has', 'GET /os-hypervisors?hypervisor_hostname_pattern=x', {
  is: 404,
});
rule('with pages', 'GET /os-hypervisors?hypervisor_hostname_pattern=c&limit=1', { is: 400 });

rule('an unknown sort key', 'GET /flavors?sort_key=colour', { at: '2.1', is: 400 });
rule('an unknown direction', 'GET /flavors?sort_dir=up', { at: '2.1', is: 400 });
rule('a least of no form', 'GET /flavors?minRam=much', { at: '2.1', is: 400 });
rule('a truth of no form', 'GET /flavors?is_public=maybe', { at: '2.1', is: 400 });
rule('which only admins may ask', 'GET /flavors?is_public=maybe', { as: 'alice', at: '2.1', is: 200 });
rule('a marker of none', 'GET /flavors?marker=nosuch', { at: '2.1', is: 400 });
rule('more than there is', 'GET /flavors?colour=red', { at: '2.75', is: 400 });
rule('more than there is', 'GET /limits?colour=red', { at: '2.75', is: 400 });
rule('more than there is', 'GET /limits?colour=red', { at: '2.74', is: 200 });
rule('naming a project', `GET /limits?tenant_id=${DEMO}`, { as: 'alice', is: 403 });
rule('more than there is', 'GET /os-server-groups?colour=red', { at: '2.75', is: 400 });
rule('a count of no form', 'GET /os-server-groups?limit=x', { at: '2.1', is: 400 });
rule('an id of no form', 'GET /os-aggregates/x', { is: 400 });
rule('an id of nobody', 'GET /os-aggregates/1', { is: 404 });
rule('the same twice', 'GET /servers/{id}/os-instance-actions?limit=1&limit=1', { is: 400 });
rule('more than there is', 'GET /servers/{id}/os-instance-actions?colour=red', { at: '2.58', is: 400 });
rule('more than there is', 'GET /servers/{id}/os-instance-actions?colour=red', { at: '2.57', is: 200 });
rule('an id below all', 'DELETE /os-services/-1', { at: '2.52', is: 404 });
rule('an id of no form', 'DELETE /os-services/1.5', { at: '2.52', is: 400 });

rule('to a router a HEAD is no GET', 'HEAD /servers', { is: 404 });
rule('nor is a slash at the end nothing', 'GET /servers/', { is: 404 });
rule('an ending is part of an id', 'GET /servers/{id}.json', { is: 404 });
rule('so is what was escaped', 'GET /servers/%2e%2e%2f', { is: 404 });
rule('dashes or none, in Nova’s form', `GET /servers/${ID.toUpperCase()}`, { is: 200 });
rule('without its dashes it is another', `GET /servers/${ID.replaceAll('-', '')}`, { is: 404 });

test('flavors are sorted by what is asked, then by their ids', async ({ cloud }) => {
  const flavor = (id: string, ram: number) => ({ id, original_name: `m1.${id}`, vcpus: 1, ram, disk: 1 });
  await cloud.seed({ flavors: [flavor('a', 2048), flavor('b', 512), flavor('c', 2048)] });
  const ids = async (query: string) => {
    const answer = await cloud.request('alice', 'GET', `/v2.1/flavors${query}`);
    return ((await answer.json()) as { flavors: { id: string }[] }).flavors.map(({ id }) => id);
  };
  assert.equal(await ids(''), ['a', 'b', 'c']);
  assert.equal(await ids('?sort_key=memory_mb'), ['b', 'a', 'c']);
  assert.equal(await ids('?sort_key=memory_mb&sort_dir=desc&limit=1&marker=a'), ['c']);
  assert.equal(await ids('?minRam=1000'), ['a', 'c']);
});

test('a zone is available while one of its services is enabled', async ({ cloud }) => {
  await putService(cloud, aService({ host: 'c9', zone: 'a-closed', disabled: true }));
  const zones = async (path: string) => {
    const answer = await cloud.request('admin', 'GET', `/v2.1/os-availability-zone${path}`);
    // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
    return ((await answer.json()) as any).availabilityZoneInfo as any[];
  };
  assert.equal(
    (await zones('')).map(({ zoneName, zoneState }) => [zoneName, zoneState.available]),
    [
      ['nova', true],
      ['west', true],
      ['a-closed', false],
    ],
  );
  const detail = await zones('/detail');
  assert.is(detail.at(-1).hosts, null);
  assert.equal(Object.keys(detail[0].hosts.c1['nova-compute']).sort(), ['active', 'available', 'updated_at']);
});

test('the statistics are those of the details of enabled ones, added up', async ({ cloud }) => {
  await putService(cloud, aService({ host: 'disabled', disabled: true }));
  for (const host of ['c1', 'c1', 'c2', 'disabled']) await putInstance(cloud, anInstance({ host }));
  const answer = await cloud.request('admin', 'GET', '/v2.1/os-hypervisors/statistics', { version: '2.87' });
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  const { hypervisor_statistics: all } = (await answer.json()) as any;
  assert.equal([all.count, all.running_vms, all.vcpus_used, all.memory_mb_used], [2, 3, 3, 1536]);
});

test('each view of hypervisors and of actions has a right of its own', async ({ cloud, uuid }) => {
  await putInstance(cloud, anInstance({ id: ID, projectId: DEMO }));
  await cloud.request('admin', 'POST', `/v2.1/servers/${ID}/action`, { body: { 'os-stop': null } });
  const listed = await cloud.request('admin', 'GET', `/v2.1/servers/${ID}/os-instance-actions`);
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  const [{ request_id: action }] = ((await listed.json()) as any).instanceActions;
  const paths = {
    'os-hypervisors:list': '/os-hypervisors',
    'os-hypervisors:list-detail': '/os-hypervisors/detail',
    'os-hypervisors:show': `/os-hypervisors/${uuid}`,
    'os-hypervisors:statistics': '/os-hypervisors/statistics',
    'os-instance-actions:list': `/servers/${ID}/os-instance-actions`,
    'os-instance-actions:show': `/servers/${ID}/os-instance-actions/${action}`,
  };
  for (const right of Object.keys(paths)) {
    cloud.setPolicy(`"os_compute_api:${right}": "!"`);
    const refused: string[] = [];
    for (const [of, path] of Object.entries(paths)) {
      const { status } = await cloud.request('admin', 'GET', `/v2.1${path}`, { version: '2.53' });
      if (status === 403) refused.push(of);
      else assert.is(status, 200, path);
    }
    assert.equal(refused, [right]);
  }
});

test.run();
