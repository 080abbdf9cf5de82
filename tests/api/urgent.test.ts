/** A DOWN is committed before everything that waits already, by every endpoint that says it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aService } from '../support/builders.ts';
import { queueBeforeNext } from '../support/queue-before.ts';
import { putService } from '../support/store.ts';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api; uuid: string }>('urgent changes by our own API');

test.before.each(async (context) => {
  context.api = await openApi();
  for (const host of ['c1', 'c2', 'c3']) await putService(context.api.test, aService({ host }));
  const service = await context.api.test.store.service({ host: 'c1', binary: 'nova-compute' });
  context.uuid = service?.uuid ?? '';
});
test.after.each(({ api }) => api.close());

const BEARER = { authorization: 'Bearer s3cret', 'x-test-address': '192.0.2.9' };

function alert(status: string): object {
  return {
    version: '4',
    status,
    alerts: [{ status, labels: { alertname: 'HostDown', instance: 'c1' }, annotations: {} }],
  };
}

function event(status: string): object {
  return {
    type: 'compute.host.down',
    details: { hostname: 'c1', status, monitor: 'm', monitor_event_id: '1' },
  };
}

/** Each endpoint, with what it declares and what it takes back. */
const ENDPOINTS: readonly [
  what: string,
  send: (api: Api, uuid: string, isDown: boolean) => ReturnType<Api['ask']>,
][] = [
  [
    'PUT /v1/services',
    (api, uuid, isDown) => api.ask('admin', 'PUT', `/v1/services/${uuid}`, { forced_down: isDown }),
  ],
  [
    'POST /v1/alertmanager',
    (api, _uuid, isDown) =>
      api.ask(undefined, 'POST', '/v1/alertmanager', alert(isDown ? 'firing' : 'resolved'), BEARER),
  ],
  [
    'PUT /v1/inspector/events',
    (api, _uuid, isDown) =>
      api.ask(undefined, 'PUT', '/v1/inspector/events', [event(isDown ? 'down' : 'up')], BEARER),
  ],
];

for (const [what, send] of ENDPOINTS) {
  test(`${what}: a force-down and its lifting overtake what waits`, async ({ api, uuid }) => {
    for (const isDown of [true, false]) {
      const transactions = queueBeforeNext(api.test, ['c2', 'c3']);
      assert.is((await send(api, uuid, isDown)).status, 200);
      assert.equal(transactions[0], ['c1'], `forced down: ${isDown}`);
      assert.is((await api.test.store.service({ uuid }))?.forcedDown, isDown);
      for (const host of ['c2', 'c3']) await putService(api.test, aService({ host }));
    }
  });
}

test('a fence that is confirmed overtakes what waits', async ({ api, uuid }) => {
  await api.ask('admin', 'PUT', `/v1/services/${uuid}`, { forced_down: true });
  const transactions = queueBeforeNext(api.test, ['c2', 'c3']);
  await api.ask('admin', 'PUT', `/v1/services/${uuid}`, { fence: 'confirmed' });
  assert.equal(transactions[0], ['c1']);
});

test('a setting waits for its turn', async ({ api, uuid }) => {
  const transactions = queueBeforeNext(api.test, ['c2', 'c3']);
  await api.ask('admin', 'PUT', `/v1/services/${uuid}`, { zone: 'edge' });
  assert.equal(transactions[0], ['c2', 'c3', 'c1']);
});

test.run();
