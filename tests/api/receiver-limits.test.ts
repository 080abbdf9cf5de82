/** Named receivers: each reaches its zones and hosts and no other, and what it does carries its name. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aService } from '../support/builders.ts';
import { putService } from '../support/store.ts';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api }>('limited receivers');

test.before.each(async (context) => {
  context.api = await openApi();
  for (const [host, zone] of [
    ['c1', 'az1'],
    ['c2', 'az1'],
    ['c3', 'az2'],
  ] as const)
    await putService(context.api.test, aService({ host, zone }));
});
test.after.each(({ api }) => api.close());

const ZONE = 'Bearer token-of-zone-az1';
const HOSTS = `Basic ${btoa('doctor:token-of-two-hosts')}`;

function send(api: Api, authorization: string, hosts: readonly string[], status = 'down') {
  const events = hosts.map((hostname) => ({ type: 'compute.host.down', details: { hostname, status } }));
  return api.ask(undefined, 'PUT', '/v1/inspector/events', events, { authorization });
}

const isDown = async (api: Api, host: string) =>
  (await api.test.store.service({ host, binary: 'nova-compute' }))?.forcedDown;

for (const [what, token, own, foreign, words] of [
  ['zones', ZONE, 'c2', 'c3', 'receiver "az1" is limited to zones az1; host c3 is not among them'],
  ['hosts', HOSTS, 'c1', 'c2', 'receiver "rack" is limited to hosts c1, c9; host c2 is not among them'],
] as const) {
  test(`a token of ${what} forces down its own, and is refused every other by name`, async ({ api }) => {
    const own1 = await send(api, token, [own]);
    assert.equal([own1.status, own1.json.events], [200, [{ index: 0, host: own, done: 'forced_down' }]]);
    const refused = await send(api, token, [foreign]);
    assert.is(refused.status, 403);
    assert.equal(refused.json.error, { code: 'forbidden', message: words });
    assert.equal(refused.json.events, [{ index: 0, refused: words }]);
    assert.is(await isDown(api, foreign), false);
  });
}

test('in one request of many hosts the allowed ones count, the others are refused', async ({ api }) => {
  const { status, json } = await send(api, ZONE, ['c3', 'c1']);
  assert.is(status, 200);
  assert.match(json.events[0].refused, /limited to zones az1/);
  assert.equal(json.events[1], { index: 1, host: 'c1', done: 'forced_down' });
  assert.equal([await isDown(api, 'c1'), await isDown(api, 'c3')], [true, false]);
});

test('a host that does not exist and one of another zone are refused in the same words', async ({ api }) => {
  const words = async (host: string) => (await send(api, ZONE, [host])).json.error.message as string;
  assert.is((await words('c7')).replace('c7', 'HOST'), (await words('c3')).replace('c3', 'HOST'));
});

test('a host of its list that has no service yet is named as that', async ({ api }) => {
  const { status, json } = await send(api, HOSTS, ['c9']);
  assert.equal([status, json.events[0].ignored], [200, 'there is no compute service on host c9']);
});

test('the receiver is named as who did it, and lifts only what it declared itself', async ({ api }) => {
  await send(api, ZONE, ['c1']);
  const row = await api.test.store.service({ host: 'c1', binary: 'nova-compute' });
  assert.is(row?.forcedDownBy, 'inspector:az1');
  const [entry] = (await api.ask('admin', 'GET', '/v1/audit')).json.entries;
  assert.equal([entry.actor, entry.action], ['inspector:az1', 'service.force_down']);
  assert.is((await send(api, HOSTS, ['c1'], 'up')).json.events[0].done, 'unchanged');
  assert.is((await send(api, 'Bearer s3cret', ['c1'], 'up')).json.events[0].done, 'unchanged');
  assert.is((await send(api, ZONE, ['c1'], 'up')).json.events[0].done, 'lifted');
});

test('alerts of Alertmanager have the same limits', async ({ api }) => {
  const alert = (instance: string) => ({ status: 'firing', labels: { alertname: 'HostDown', instance } });
  const body = { version: '4', alerts: [alert('c1:9100'), alert('c3:9100')] };
  const { json } = await api.ask(undefined, 'POST', '/v1/alertmanager', body, { authorization: ZONE });
  assert.is(json.events[0].done, 'forced_down');
  assert.match(json.events[1].refused, /host c3/);
  const row = await api.test.store.service({ host: 'c1', binary: 'nova-compute' });
  assert.is(row?.forcedDownBy, 'alertmanager:az1');
});

test('the token for all hosts and an operator’s stay limited to nothing', async ({ api }) => {
  assert.is((await send(api, 'Bearer s3cret', ['c1', 'c3'])).status, 200);
  assert.equal([await isDown(api, 'c1'), await isDown(api, 'c3')], [true, true]);
});

test('a service that has moved to another zone is refused', async ({ api }) => {
  const { store } = api.test;
  const found = store.service.bind(store);
  store.service = async (key) => {
    const before = await found(key);
    await store.updateService({ host: 'c1', binary: 'nova-compute' }, (current) => ({
      service: { ...current!, zone: 'az2' },
    }));
    return before;
  };
  const { status } = await send(api, ZONE, ['c1']);
  store.service = found;
  assert.is(status, 403);
  assert.is(await isDown(api, 'c1'), false);
});

test('a limited token opens nothing else', async ({ api }) => {
  for (const [method, path] of [
    ['GET', '/v1/services'],
    ['GET', '/v1/hosts'],
    ['GET', '/v1/audit'],
    ['POST', '/v1/reports'],
  ] as const) {
    const body = method === 'POST' ? { reports: [] } : undefined;
    const { status } = await api.ask(undefined, method, path, body, { authorization: ZONE });
    assert.is(status, 401, path);
  }
});

test('a renewed token is valid at once, and the previous one is not', async () => {
  let receivers = [{ name: 'az1', token: 'the-token-before', zones: ['az1'], hosts: [] as string[] }];
  const api = await openApi({ receivers: () => receivers });
  const statuses = () =>
    Promise.all(
      ['the-token-before', 'the-token-after'].map(
        async (token) => (await send(api, `Bearer ${token}`, [])).status,
      ),
    );
  assert.equal(await statuses(), [200, 401]);
  receivers = receivers.map((receiver) => ({ ...receiver, token: 'the-token-after' }));
  assert.equal(await statuses(), [401, 200]);
  await api.close();
});

test.run();
