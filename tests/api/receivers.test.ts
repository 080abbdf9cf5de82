import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aService } from '../support/builders.ts';
import { putService } from '../support/store.ts';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api }>('monitors as inputs');

test.before.each(async (context) => {
  context.api = await openApi();
  for (const host of ['c1', 'c2']) await putService(context.api.test, aService({ host }));
});
test.after.each(({ api }) => api.close());

const BEARER = { authorization: 'Bearer s3cret', 'x-test-address': '192.0.2.9' };
const service = (api: Api, host: string) => api.test.store.service({ host, binary: 'nova-compute' });

/** As Alertmanager 0.28 sends it. */
function webhook(...alerts: { status?: string; labels: object; annotations?: object }[]) {
  return {
    receiver: 'hostbeat',
    status: 'firing',
    alerts: alerts.map((alert) => ({
      status: 'firing',
      annotations: {},
      startsAt: '2026-01-01T00:00:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus:9090/graph',
      fingerprint: '8f2a1b',
      ...alert,
    })),
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    version: '4',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
  };
}

/** As the sample monitor of OPNFV Doctor sends it. */
function event(hostname: string, status = 'down') {
  return {
    time: '2026-01-01T00:00:00.000',
    type: 'compute.host.down',
    details: { hostname, status, monitor: 'monitor1', monitor_event_id: 'monitor1_1' },
  };
}

test('a listed alert forces the host down, with its words as reason, and is audited', async ({ api }) => {
  const body = webhook({
    labels: { alertname: 'HostDown', instance: 'c1.example.org:9100', fence: 'confirmed' },
    annotations: { summary: 'BMC says: power is off' },
  });
  const { status, json } = await api.ask(undefined, 'POST', '/v1/alertmanager', body, BEARER);
  assert.is(status, 200);
  assert.equal(json.events, [{ index: 0, host: 'c1', done: 'forced_down' }]);
  const row = await service(api, 'c1');
  assert.equal(
    [row?.forcedDown, row?.forcedDownBy, row?.forcedDownReason, row?.fence],
    [true, 'alertmanager', 'BMC says: power is off', 'confirmed'],
  );
  const [entry] = (await api.ask('admin', 'GET', '/v1/audit')).json.entries;
  assert.equal([entry.actor, entry.from, entry.action], ['alertmanager', '192.0.2.9', 'service.force_down']);
});

test('an alert that is not listed, or has no known host, changes nothing and says why', async ({ api }) => {
  const body = webhook(
    { labels: { alertname: 'DiskSlow', instance: 'c1' } },
    { labels: { alertname: 'HostDown', instance: 'c9' } },
    { labels: { alertname: 'HostDown' } },
  );
  const { json } = await api.ask(undefined, 'POST', '/v1/alertmanager', body, BEARER);
  assert.match(json.events[0].ignored, /HOSTBEAT_FORCE_DOWN_ON/);
  assert.match(json.events[1].ignored, /no compute service on host c9/);
  assert.match(json.events[2].ignored, /no label "instance"/);
  assert.is((await service(api, 'c1'))?.forcedDown, false);
});

test('a resolved alert lifts what alerts declared, and nothing that an operator did', async ({ api }) => {
  const alert = (instance: string, status: string) =>
    api.ask(
      undefined,
      'POST',
      '/v1/alertmanager',
      webhook({ status, labels: { alertname: 'HostDown', instance } }),
      BEARER,
    );
  await alert('c1', 'firing');
  assert.is((await alert('c1', 'firing')).json.events[0].done, 'unchanged');
  assert.is((await alert('c1', 'resolved')).json.events[0].done, 'lifted');
  assert.is((await service(api, 'c1'))?.forcedDown, false);
  const { uuid } = (await service(api, 'c2'))!;
  await api.ask('admin', 'PUT', `/v1/services/${uuid}`, { forced_down: true });
  assert.is((await alert('c2', 'resolved')).json.events[0].done, 'unchanged');
  assert.is((await service(api, 'c2'))?.forcedDown, true);
});

test('Doctor’s monitors PUT a list, Vitrage is POSTed one event, and both are heard', async ({ api }) => {
  const doctor = await api.ask(undefined, 'PUT', '/v1/inspector/events', [event('c1')], BEARER);
  assert.equal(doctor.json.events, [{ index: 0, host: 'c1', done: 'forced_down' }]);
  const vitrage = await api.ask('admin', 'POST', '/v1/inspector/events', event('c2'));
  assert.equal(vitrage.json.events, [{ index: 0, host: 'c2', done: 'forced_down' }]);
  assert.is((await service(api, 'c1'))?.forcedDownReason, 'monitor1: compute.host.down (monitor1_1)');
  const up = await api.ask(undefined, 'PUT', '/v1/inspector/events', [event('c1', 'up')], BEARER);
  assert.is(up.json.events[0].done, 'lifted');
});

test('the secret is accepted as bearer or password; else an operator’s token is needed', async ({ api }) => {
  const send = (who: 'admin' | 'fencer' | 'owner' | 'agent' | undefined, authorization?: string) =>
    api.ask(who, 'PUT', '/v1/inspector/events', [], authorization === undefined ? {} : { authorization });
  assert.is((await send(undefined, `Basic ${btoa('doctor:s3cret')}`)).status, 200);
  assert.is((await send('admin')).status, 200);
  assert.is((await send('fencer')).status, 403, 'it may force down, and lift nothing');
  assert.is((await send('owner')).status, 403);
  assert.is((await send('agent')).status, 403);
  assert.is((await send(undefined)).status, 401);
  for (const wrong of [
    'Bearer wrong',
    `Basic ${btoa('doctor:wrong')}`,
    `Basic ${btoa('s3cret:')}`,
    'Bearer',
  ]) {
    assert.is((await send(undefined, wrong)).status, 401, wrong);
  }
});

test('a body of another form is refused in words', async ({ api }) => {
  const answers = [
    await api.ask('admin', 'POST', '/v1/alertmanager', { version: '3', alerts: [] }),
    await api.ask('admin', 'POST', '/v1/alertmanager', { version: '4' }),
    await api.ask('admin', 'PUT', '/v1/inspector/events', { type: 'compute.host.down' }),
    await api.ask('admin', 'PUT', '/v1/inspector/events', 'not JSON'),
  ];
  assert.equal(
    answers.map(({ status }) => status),
    [400, 400, 400, 400],
  );
  assert.match(answers[0]?.json.error.message, /version/);
});

test('guesses at the receivers’ token are throttled by address', async ({ api }) => {
  const send = (address: string, headers: Record<string, string>) =>
    api.ask(undefined, 'POST', '/v1/alertmanager', webhook(), { ...headers, 'x-test-address': address });
  const guesses = await Promise.all(
    Array.from({ length: 400 }, (_, n) => send('192.0.2.1', { authorization: `Bearer guess-${n}` })),
  );
  assert.ok(guesses.some(({ status }) => status === 429));
  assert.ok(guesses.every(({ status }) => status === 429 || status === 401));
  assert.is((await send('198.51.100.7', BEARER)).status, 200);
});

test.run();
