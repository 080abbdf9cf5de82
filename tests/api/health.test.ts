import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createHealth } from '../../server/api/health.ts';
import { STATUS } from '../../server/api/request/errors.ts';
import { ERROR_CODES } from '../../server/domain/errors.ts';
import { createEvents } from '../../server/telemetry/events.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { createMetrics } from '../../server/telemetry/metrics.ts';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api }>('health');

test.before.each(async (context) => {
  context.api = await openApi();
});
test.after.each(({ api }) => api.close());

test('healthz, readyz and metrics ask for no token', async ({ api }) => {
  assert.is((await api.ask(undefined, 'GET', '/healthz')).status, 200);
  const ready = await api.ask(undefined, 'GET', '/readyz');
  assert.equal(
    [ready.status, ready.json.ready, ready.json.observer, ready.json.database],
    [200, true, 'ok', 'ok'],
  );
});

test('a server on its way out is not ready', async ({ api }) => {
  api.serving.now = false;
  assert.is((await api.ask(undefined, 'GET', '/readyz')).status, 503);
});

test('readyz reports our own pause, and stays ready', async ({ api }) => {
  api.clock.advance(120_000);
  await api.liveness.tick();
  const { status, json } = await api.ask(undefined, 'GET', '/readyz');
  assert.equal([status, json.observer], [200, 'paused']);
  assert.match(json.reason, /paused/);
});

test('readyz needs no token, so it counts no services and names no zone', async () => {
  const observer = {
    state: () => 'degraded' as const,
    reason: () => '37 services fell silent at once, zone az-1',
    code: () => 'maybe_deaf' as const,
    observingSince: () => 0,
  };
  const store = { bounds: async () => ({}), trouble: () => undefined } as never;
  const health = createHealth({ store, observer, metrics: createMetrics(), isServing: () => true });
  const { reason } = (await (await health.request('/readyz')).json()) as { reason: string };
  assert.match(reason, /fell silent/);
  assert.not.match(reason, /37|az-1/);
});

test('a node that does not hear the others is not ready: agents must report elsewhere', async ({ api }) => {
  const status = { self: { id: 1, leads: false, tail: 7 }, nodes: [{ id: 2, leads: true }, { id: 1 }] };
  let trouble: string | undefined;
  const health = createHealth({
    store: api.test.store,
    observer: api.liveness.observer,
    metrics: createMetrics(),
    isServing: () => true,
    nodes: { status: () => status, cannotHearOthers: () => trouble } as never,
  });
  const ready = async () => {
    const answer = await health.request('/readyz');
    const { node } = (await answer.json()) as { node: object };
    return [answer.status, node];
  };
  const node = { id: 1, leads: false, leader: 2, nodes: 2, commit: 7 };
  assert.equal(await ready(), [200, node]);
  trouble = 'it hears nobody';
  assert.equal(await ready(), [503, node]);
});

test('a database that cannot be asked makes it not ready', async ({ api }) => {
  api.test.store.bounds = () => Promise.reject(new Error('broken'));
  const { status, json } = await api.ask(undefined, 'GET', '/readyz');
  assert.equal([status, json.database], [503, 'failing']);
});

test('readiness is looked at again for every question', async ({ api }) => {
  const { bounds } = api.test.store;
  const answers: number[] = [];
  for (const read of [bounds, () => Promise.reject(new Error('broken')), bounds]) {
    api.test.store.bounds = read.bind(api.test.store) as typeof bounds;
    answers.push((await api.ask(undefined, 'GET', '/readyz')).status);
  }
  assert.equal(answers, [200, 503, 200]);
});

test('a database that answers nothing makes it not ready, and is asked once at a time', async ({ api }) => {
  let asked = 0;
  api.test.store.bounds = () => {
    asked += 1;
    return new Promise(() => undefined);
  };
  const answers = await Promise.all([1, 2, 3].map(() => api.ask(undefined, 'GET', '/readyz')));
  for (const { status, json } of answers) {
    assert.equal([status, json.database], [503, 'failing']);
    assert.match(json.reason, 'does not answer');
  }
  assert.is(asked, 1);
});

test('events are counted, without a host, a project or a user in any label', async ({ api }) => {
  await api.ask('nova', 'POST', '/v1/reports', { reports: [{ host: 'secret-host' }, { host: '?' }] });
  // Counting comes after telling; closing waits for it.
  await api.liveness.close();
  const { text } = await api.ask(undefined, 'GET', '/metrics');
  assert.match(text, /^hostbeat_reports_total\{outcome="accepted"\} 1$/m);
  assert.match(text, /^hostbeat_reports_total\{outcome="rejected"\} 1$/m);
  assert.match(text, /^hostbeat_service_transitions_total\{to="UP",cause="service_added"\} 1$/m);
  assert.match(text, /^hostbeat_commits_total 1$/m);
  assert.not.match(text, /secret-host/);
});

test('a close code that a client invents makes no series of its own', async () => {
  const metrics = createMetrics();
  const events = createEvents(metrics, noLogger);
  for (const code of [1000, 4101, 3_456, 4_999]) events.socketClosed('agent', code);
  const text = await metrics.registry.metrics();
  assert.match(text, /^hostbeat_connections_closed_total\{kind="agent",code="4101"\} 1$/m);
  assert.match(text, /^hostbeat_connections_closed_total\{kind="agent",code="other"\} 2$/m);
  assert.not.match(text, /3456|4999/);
});

test('a method that a client invents makes no series of its own', async () => {
  const metrics = createMetrics();
  const events = createEvents(metrics, noLogger);
  for (const method of ['GET', 'GET', 'PROPFIND', 'X-RATHER-NOT'])
    events.requestAnswered('v1', method, 404, 0.002);
  const counts = (await metrics.registry.metrics()).match(
    /^hostbeat_http_request_duration_seconds_count.*$/gm,
  );
  assert.equal(counts, [
    'hostbeat_http_request_duration_seconds_count{door="v1",method="GET",status="4xx"} 2',
    'hostbeat_http_request_duration_seconds_count{door="v1",method="other",status="4xx"} 2',
  ]);
});

test('a failing event listener never fails its caller', () => {
  const broken = {
    ...noLogger,
    info: () => {
      throw new Error('the disk is full');
    },
  } as typeof noLogger;
  const events = createEvents(createMetrics(), { ...broken, debug: () => {} } as typeof noLogger);
  assert.not.throws(() => events.hostTransition({} as never));
});

test('an error inside says nothing of what it was', async ({ api }) => {
  api.test.store.hostsSnapshot = () => Promise.reject(new Error('SELECT password FROM users'));
  const { status, json } = await api.ask('admin', 'GET', '/v1/hosts');
  assert.equal([status, json.error.code], [500, 'internal']);
  assert.not.match(json.error.message, /SELECT/);
});

test('every error code of the domain has its HTTP status', () => {
  assert.equal(Object.keys(STATUS).sort(), [...ERROR_CODES].sort());
});

test.run();
