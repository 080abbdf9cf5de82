import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anInstance, aService } from '../support/builders.ts';
import { putInstance, putService } from '../support/store.ts';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api }>('/v1/services and /v1/hosts');

const UNKNOWN = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';

test.before.each(async (context) => {
  context.api = await openApi();
});
test.after.each(({ api }) => api.close());

test('an operator sees when a service was heard and how long it still has', async ({ api }) => {
  const { uuid } = await putService(api.test, aService({ host: 'c1' }));
  await putInstance(api.test, anInstance({ host: 'c1' }));
  api.clock.advance(5_000);
  await api.ask('nova', 'POST', '/v1/reports', { reports: [{ host: 'c1' }] });
  api.clock.advance(1_000);
  const { status, json } = await api.ask('admin', 'GET', `/v1/services/${uuid}`);
  assert.is(status, 200);
  assert.equal([json.host, json.host_status, json.servers], ['c1', 'UP', 1]);
  assert.equal(json.liveness, {
    last_seen_up: new Date(api.clock.now() - 1_000).toISOString(),
    silent_in_ms: 59_000,
    connected: false,
    report_interval_ms: 10_000,
    service_down_time_ms: 60_000,
    held: null,
  });
});

test('settings of its own take effect at once, and null gives the deployment’s back', async ({ api }) => {
  const { uuid } = await putService(api.test, aService());
  const path = `/v1/services/${uuid}`;
  const set = await api.ask('admin', 'PUT', path, {
    report_interval_ms: 500,
    service_down_time_ms: 1_500,
    zone: 'edge',
  });
  assert.equal([set.status, set.json.zone, set.json.liveness.service_down_time_ms], [200, 'edge', 1_500]);
  const back = await api.ask('admin', 'PUT', path, { report_interval_ms: null, service_down_time_ms: null });
  assert.equal([back.json.zone, back.json.service_down_time_ms], ['edge', null]);
  assert.is(back.json.liveness.service_down_time_ms, 60_000);
});

test('a service_down_time not above the report_interval is refused, whichever was set', async ({ api }) => {
  const { uuid } = await putService(api.test, aService());
  for (const [body, field] of [
    [{ service_down_time_ms: 10_000 }, 'service_down_time_ms'],
    [{ report_interval_ms: 60_000 }, 'report_interval_ms'],
    [{ service_down_time_ms: 499 }, 'service_down_time_ms'],
    [{ fence: 'maybe' }, 'fence'],
    [{ disabled: true }, 'disabled'],
  ] as const) {
    const { status, json } = await api.ask('admin', 'PUT', `/v1/services/${uuid}`, body);
    assert.equal([status, json.error.field], [400, field]);
  }
});

test('only a forced-down service has a fence, and operators get its changes', async ({ api }) => {
  const { uuid } = await putService(api.test, aService());
  const path = `/v1/services/${uuid}`;
  const early = await api.ask('admin', 'PUT', path, { fence: 'confirmed' });
  assert.equal([early.status, early.json.error.field], [409, 'fence']);
  await api.test.store.updateService({ uuid }, (current) => ({ service: { ...current!, forcedDown: true } }));
  assert.is((await api.ask('admin', 'PUT', path, { fence: 'confirmed' })).json.fence, 'confirmed');
  const rows = await api.test.store.log('hosts', 0, 100, 100);
  const [sent] = JSON.parse(rows.at(-1)?.items ?? '[]');
  assert.equal([sent.kind, sent.fence, sent.actor], ['annotation', 'confirmed', 'admin']);
});

test('services and hosts say how a silence was found, as the stream does', async ({ api }) => {
  await putService(api.test, aService({ host: 'c1', live: false, evidence: 'unanswered' }));
  await putService(
    api.test,
    aService({ host: 'c2', forcedDown: true, fence: 'requested', heardForcedDownAt: api.clock.now() }),
  );
  const shown = ({ evidence, fence, heard_while_forced_down }: Record<string, unknown>) => ({
    ...(evidence === undefined ? {} : { evidence }),
    fence,
    ...(heard_while_forced_down === undefined ? {} : { heard_while_forced_down }),
  });
  const { json: list } = await api.ask('admin', 'GET', '/v1/services');
  const { json: hosts } = await api.ask('admin', 'GET', '/v1/hosts');
  const { items } = await api.test.store.hostsSnapshot();
  const stream = items.map((state) => shown(state as never));
  assert.equal(stream, [
    { evidence: 'unanswered', fence: 'none' },
    { fence: 'requested', heard_while_forced_down: true },
  ]);
  assert.equal(list.services.map(shown), stream);
  assert.equal(
    hosts.hosts.flatMap(({ services }: { services: never[] }) => services.map(shown)),
    stream,
  );
  for (const [n, { uuid }] of list.services.entries())
    assert.equal(shown((await api.ask('admin', 'GET', `/v1/services/${uuid}`)).json), stream[n]);
});

test('lists are cut into pages that together are the whole', async ({ api }) => {
  for (const host of ['c1', 'c2', 'c3']) await putService(api.test, aService({ host }));
  const seen: string[] = [];
  let query = '';
  for (let n = 0; n < 3; n++) {
    const { json } = await api.ask('admin', 'GET', `/v1/services?limit=1${query}`);
    seen.push(...json.services.map(({ host }: { host: string }) => host));
    query = `&marker=${json.next}`;
    assert.is(json.next === null, n === 2);
  }
  assert.equal(seen, ['c1', 'c2', 'c3']);
  assert.is((await api.ask('admin', 'GET', '/v1/services?host=c2')).json.services.length, 1);
  assert.is((await api.ask('admin', 'GET', '/v1/services?limit=0')).json.error.field, 'limit');
  assert.is((await api.ask('admin', 'GET', '/v1/services?marker=x')).json.error.field, 'marker');
});

test('hosts are shown with their services and their number of servers', async ({ api }) => {
  await putService(api.test, aService({ host: 'c1', forcedDown: true }));
  await putService(api.test, aService({ host: 'ctl', binary: 'nova-scheduler' }));
  await putInstance(api.test, anInstance({ host: 'c1' }));
  const { json } = await api.ask('admin', 'GET', '/v1/hosts');
  assert.equal(
    json.hosts.map(({ host, host_status, servers, services }: never) => [
      host,
      host_status,
      servers,
      (services as { binary: string }[]).map(({ binary }) => binary),
    ]),
    [
      ['c1', 'DOWN', 1, ['nova-compute']],
      ['ctl', '', 0, ['nova-scheduler']],
    ],
  );
});

test('owners see no hosts and no services, and what is not there is 404 to operators', async ({ api }) => {
  for (const path of ['/v1/services', '/v1/hosts', `/v1/services/${UNKNOWN}`]) {
    assert.is((await api.ask('owner', 'GET', path)).status, 403);
    assert.is((await api.ask('agent', 'GET', path)).status, 403);
    assert.is((await api.ask(undefined, 'GET', path)).status, 401);
  }
  assert.is((await api.ask('admin', 'GET', `/v1/services/${UNKNOWN}`)).status, 404);
  assert.is((await api.ask('admin', 'PUT', `/v1/services/${UNKNOWN}`, {})).status, 404);
});

test('a seed is loaded into a running server by an administrator', async ({ api }) => {
  const doc = {
    services: [{ host: 'c1' }],
    instances: [{ id: UNKNOWN, name: 'vm', project_id: 'p1', host: 'c1' }],
  };
  assert.is((await api.ask('nova', 'POST', '/v1/seed', doc)).status, 403);
  const { status, json } = await api.ask('admin', 'POST', '/v1/seed', doc);
  assert.is(status, 200);
  assert.equal([json.services.added, json.instances.added], [1, 1]);
  assert.ok(api.liveness.knowledgeOf({ host: 'c1', binary: 'nova-compute' }));
  const wrong = await api.ask('admin', 'POST', '/v1/seed', { services: [{ host: 1 }] });
  assert.equal([wrong.status, wrong.json.error.field], [400, 'services[0].host']);
});

test('role service changes no service and sees none', async ({ api }) => {
  const { uuid } = await putService(api.test, aService());
  for (const [method, path, body] of [
    ['GET', '/v1/services', undefined],
    ['GET', `/v1/services/${uuid}`, undefined],
    ['GET', '/v1/hosts', undefined],
    ['PUT', `/v1/services/${uuid}`, { service_down_time_ms: 2e9 }],
    ['PUT', `/v1/services/${uuid}`, { forced_down: true }],
    ['PUT', `/v1/services/${uuid}`, { forced_down: false }],
    ['PUT', `/v1/services/${uuid}`, { fence: 'confirmed' }],
  ] as const) {
    assert.is((await api.ask('nova', method, path, body)).status, 403, `${method} ${path}`);
  }
});

test('role fencer forces down, and does nothing else', async ({ api }) => {
  const { uuid } = await putService(api.test, aService());
  const path = `/v1/services/${uuid}`;
  const put = (body: object) => api.ask('fencer', 'PUT', path, body);
  const done = await put({ forced_down: true, forced_down_reason: 'power is off' });
  assert.equal([done.status, done.json.host_status, done.json.servers], [200, 'DOWN', undefined]);
  for (const body of [
    {},
    { forced_down: false },
    { forced_down_reason: 'another' },
    { forced_down: true, fence: 'confirmed' },
    { forced_down: true, zone: 'east' },
    { report_interval_ms: 1_000 },
  ])
    assert.is((await put(body)).status, 403, JSON.stringify(body));
  for (const read of [path, '/v1/services', '/v1/hosts'])
    assert.is((await api.ask('fencer', 'GET', read)).status, 403, read);
  assert.is((await api.ask('admin', 'GET', path)).json.forced_down_reason, 'power is off');
});

test.run();
