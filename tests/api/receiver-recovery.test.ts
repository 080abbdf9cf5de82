/** What an alert leaves alone: an operator's force-down, and everything where a recovery is not to lift. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aService } from '../support/builders.ts';
import { putService } from '../support/store.ts';
import { type Api, openApi } from './support.ts';

const test = suite('recoveries and repeated alerts');

const BEARER = { authorization: 'Bearer s3cret', 'x-test-address': '192.0.2.9' };

async function withApi(settings: Parameters<typeof openApi>[0], work: (api: Api) => Promise<void>) {
  const api = await openApi(settings);
  try {
    await putService(api.test, aService({ host: 'c1' }));
    await work(api);
  } finally {
    await api.close();
  }
}

const service = (api: Api) => api.test.store.service({ host: 'c1', binary: 'nova-compute' });

async function event(api: Api, status: 'down' | 'up') {
  const details = { hostname: 'c1', status, monitor: 'm', monitor_event_id: '1' };
  const body = [{ type: 'compute.host.down', details }];
  return (await api.ask(undefined, 'PUT', '/v1/inspector/events', body, BEARER)).json.events[0];
}

test('a recovery lifts nothing where that is not configured, and says so', async () => {
  await withApi({ liftOnRecovery: false }, async (api) => {
    assert.is((await event(api, 'down')).done, 'forced_down');
    assert.match((await event(api, 'up')).ignored, /HOSTBEAT_LIFT_ON_RECOVERY/);
    assert.is((await service(api))?.forcedDown, true);
  });
});

test('an alert changes neither reason nor actor of a host that is down already', async () => {
  await withApi({}, async (api) => {
    const path = `/v1/services/${(await service(api))?.uuid}`;
    await api.ask('admin', 'PUT', path, { forced_down: true, forced_down_reason: 'on fire' });
    const before = await service(api);
    api.clock.advance(1_000);
    assert.is((await event(api, 'down')).done, 'unchanged');
    assert.equal(await service(api), before);
    assert.is((await event(api, 'up')).done, 'unchanged');
    assert.equal(await service(api), before);
  });
});

test.run();
