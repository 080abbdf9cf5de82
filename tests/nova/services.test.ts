import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Committed } from '../../server/ports/committed.ts';
import { aService } from '../support/builders.ts';
import { putService } from '../support/store.ts';
import { type Cloud, openCloud } from './cloud.ts';

interface Context {
  cloud: Cloud;
}

const UUID = 'c4fef777-8baf-49ab-b5d5-6b6b5df8d448';
const HOST = { host: 'cmp-09', binary: 'nova-compute' };

const test = suite<Context>('os-services');

test.before.each(async (context) => {
  context.cloud = await openCloud();
});
test.after.each(({ cloud }) => cloud.close());

async function put(cloud: Cloud, path: string, version: string, body: unknown) {
  const answer = await cloud.request('admin', 'PUT', `/v2.1/os-services/${path}`, { version, body });
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  return { status: answer.status, json: (await answer.json()) as any };
}

async function row(cloud: Cloud) {
  const answer = await cloud.request('admin', 'GET', '/v2.1/os-services?host=cmp-09', { version: '2.53' });
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  return ((await answer.json()) as any).services[0];
}

test('forcing down and its lifting reach the owners of the servers on that host', async ({ cloud }) => {
  const sent: Committed[] = [];
  cloud.store.onCommit((committed) => sent.push(committed));
  await put(cloud, UUID, '2.53', { forced_down: true });
  await put(cloud, UUID, '2.53', { forced_down: false });
  const items = sent
    .flatMap(({ rows }) => rows)
    .filter(({ stream }) => stream.startsWith('project:'))
    .flatMap(({ items }) => JSON.parse(items));
  assert.equal(
    items.map(({ from, to, cause }) => [from, to, cause]),
    [
      ['UP', 'DOWN', 'forced_down'],
      ['DOWN', 'UP', 'forced_down'],
    ],
  );
});

test('repeating a switch announces nothing', async ({ cloud }) => {
  await put(cloud, UUID, '2.53', { status: 'disabled', disabled_reason: 'x' });
  const sent: Committed[] = [];
  cloud.store.onCommit((committed) => sent.push(committed));
  const { status } = await put(cloud, UUID, '2.53', { status: 'disabled', disabled_reason: 'x' });
  assert.is(status, 200);
  assert.equal(
    sent.flatMap(({ rows }) => rows),
    [],
  );
});

test('disabling without a reason loses the older reason, enabling too', async ({ cloud }) => {
  await put(cloud, 'disable-log-reason', '2.1', { ...HOST, disabled_reason: 'a' });
  assert.is((await row(cloud)).disabled_reason, 'a');
  await put(cloud, UUID, '2.53', { status: 'disabled' });
  assert.is((await row(cloud)).disabled_reason, null);
  await put(cloud, UUID, '2.53', { status: 'disabled', disabled_reason: 'b' });
  await put(cloud, 'enable', '2.1', { ...HOST, disabled_reason: 'ignored' });
  assert.equal([(await row(cloud)).status, (await row(cloud)).disabled_reason], ['enabled', null]);
});

test('disabling does not change the state, forcing down does at once', async ({ cloud }) => {
  assert.is((await put(cloud, UUID, '2.69', { status: 'disabled' })).json.service.state, 'up');
  assert.is((await put(cloud, UUID, '2.69', { forced_down: true })).json.service.state, 'down');
});

test('a reason belongs to disabling alone', async ({ cloud }) => {
  assert.is((await put(cloud, UUID, '2.53', { status: 'enabled', disabled_reason: 'x' })).status, 400);
  assert.is((await put(cloud, UUID, '2.53', { disabled_reason: 'x' })).status, 400);
  assert.is((await put(cloud, UUID, '2.53', { forced_down: true, disabled_reason: 'x' })).status, 200);
  assert.is((await row(cloud)).disabled_reason, null);
});

test('a caller without the right still gets a bad body first, and nothing after', async ({ cloud }) => {
  const status = async (path: string, version: string, body: unknown) =>
    (await cloud.request('alice', 'PUT', `/v2.1/os-services/${path}`, { version, body })).status;
  assert.is(await status('enable', '2.1', {}), 400);
  assert.is(await status('enable', '2.1', { host: 'nosuch', binary: 'nova-compute' }), 403);
  assert.is(await status('nosuch', '2.1', HOST), 403);
  assert.is(await status('abc', '2.53', { status: 'enabled' }), 400);
  assert.is(await status(randomUUID(), '2.53', { status: 'enabled' }), 403);
  assert.is(
    (await cloud.request('alice', 'DELETE', '/v2.1/os-services/abc', { version: '2.53' })).status,
    403,
  );
});

test('forcing down, lifting and disabling each have a right of their own', async ({ cloud }) => {
  const allowed = async (rules: Record<string, string>, body: object) => {
    const lines = Object.entries(rules).map(([rule, check]) => `"${rule}": "${check}"`);
    cloud.setPolicy(lines.join('\n'));
    return (await put(cloud, UUID, '2.53', body)).status;
  };
  const UPDATE = 'os_compute_api:os-services:update';
  const FORCE = 'hostbeat:services:force-down';
  const LIFT = 'hostbeat:services:lift-force-down';
  const CONTEXT = 'rule:context_is_admin';
  assert.is(await allowed({ [FORCE]: '!', [LIFT]: CONTEXT }, { forced_down: true }), 403);
  assert.is(await allowed({ [UPDATE]: '!', [FORCE]: CONTEXT }, { forced_down: true }), 200);
  assert.is(await allowed({ [LIFT]: '!', [FORCE]: CONTEXT }, { forced_down: false }), 403);
  assert.is((await row(cloud)).forced_down, true);
  const both = { forced_down: true, status: 'disabled' };
  assert.is(await allowed({ [UPDATE]: '!', [FORCE]: CONTEXT }, both), 403);
  assert.is(await allowed({ [UPDATE]: '!', [FORCE]: CONTEXT }, { status: 'disabled' }), 403);
  assert.is((await row(cloud)).status, 'enabled');
});

test('the action force-down is there from 2.11 on', async ({ cloud }) => {
  assert.is((await put(cloud, 'force-down', '2.10', HOST)).status, 404);
  assert.is((await put(cloud, 'force-down', '2.10', { ...HOST, forced_down: true })).status, 400);
  assert.is((await put(cloud, 'force-down', '2.11', { ...HOST, forced_down: true })).status, 200);
});

test('only compute services are changed', async ({ cloud }) => {
  const scheduler = await putService(cloud, aService({ host: 'ctl-09', binary: 'nova-scheduler' }));
  const key = { host: 'ctl-09', binary: 'nova-scheduler' };
  for (const [path, version, body] of [
    [scheduler.uuid, '2.53', { forced_down: true }],
    [scheduler.uuid, '2.53', { status: 'disabled' }],
    ['force-down', '2.11', { ...key, forced_down: true }],
    ['disable', '2.1', key],
  ] as const)
    assert.is((await put(cloud, path, version, body)).status, 400, path);
  assert.equal(await cloud.store.service(key), scheduler);
});

test('an error names the field and what is wrong with it', async ({ cloud }) => {
  const { json } = await put(cloud, 'enable', '2.1', { host: 'a b', binary: 'nova-compute' });
  assert.match(json.badRequest.message, /^Invalid input for field\/attribute host\. Value: "a b"\. /);
  const unknown = await put(cloud, 'enable', '2.1', { ...HOST, colour: 'red' });
  assert.match(unknown.json.badRequest.message, /Additional properties are not allowed \('colour'/);
  const list = await cloud.request('admin', 'GET', '/v2.1/os-services?colour=red', { version: '2.75' });
  assert.match(await list.text(), /Invalid input for query parameters colour/);
});

test('the legacy API drops what it does not know instead of refusing it', async ({ cloud }) => {
  const answer = await cloud.request('admin', 'PUT', '/v2/os-services/disable', {
    body: { ...HOST, colour: 'red' },
  });
  assert.is(answer.status, 200);
  assert.is(answer.headers.get('openstack-api-version'), null);
});

test('a service is deleted by the id of its version, unless servers stand on its host', async ({ cloud }) => {
  const empty = await putService(cloud, aService({ host: 'cmp-99' }));
  const status = async (id: string, version: string) =>
    (await cloud.request('admin', 'DELETE', `/v2.1/os-services/${id}`, { version })).status;
  assert.is(await status(UUID, '2.53'), 409);
  assert.is(await status(empty.uuid, '2.1'), 400);
  assert.is(await status(String(empty.id), '2.53'), 400);
  assert.is(await status(String(empty.id), '2.52'), 204);
  assert.is(await status(empty.uuid, '2.53'), 404);
});

test('services of the API itself keep no heartbeat and are not listed', async ({ cloud }) => {
  await putService(cloud, aService({ host: 'ctl-09', binary: 'nova-osapi_compute' }));
  const answer = await cloud.request('admin', 'GET', '/v2.1/os-services?host=ctl-09', { version: '2.1' });
  assert.equal(await answer.json(), { services: [] });
});

test('times have microseconds and no Z, as the clients that parse them need', async ({ cloud }) => {
  assert.match((await row(cloud)).updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
});

test.run();
