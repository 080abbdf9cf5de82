import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ReportsAnswer } from '../../client-sdk/protocol/agent.ts';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api }>('POST /v1/reports');

test.before.each(async (context) => {
  context.api = await openApi();
});
test.after.each(({ api }) => api.close());

test('reports are taken from who may, and answered with what the agents must know', async ({ api }) => {
  for (const who of ['admin', 'nova', 'agent'] as const) {
    const { status, json } = await api.ask(who, 'POST', '/v1/reports', { reports: [{ host: 'c1' }] });
    assert.is(status, 200);
    assert.is(ReportsAnswer.parse(json).accepted, 1);
    assert.equal(Object.keys(json.services[0]).sort(), [
      'binary',
      'disabled',
      'forced_down',
      'host',
      'interval_hint_ms',
    ]);
  }
});

test('a caller without any right is refused; one rejected host stops no other', async ({ api }) => {
  const owner = await api.ask('owner', 'POST', '/v1/reports', { reports: [{ host: 'c1' }] });
  assert.equal([owner.status, owner.json.error.code], [403, 'forbidden']);
  const agent = await api.ask('agent', 'POST', '/v1/reports', { reports: [{ host: 'c1' }, { host: 'c2' }] });
  assert.is(agent.status, 200);
  assert.equal(
    agent.json.rejected.map(({ index }: { index: number }) => index),
    [1],
  );
});

test('a text that was taken from one caller is checked again for each other one', async ({ api }) => {
  const reports = Array.from({ length: 40 }, (_, n) => ({ host: `c${n}`, binary: 'nova-compute' }));
  for (const [who, accepted] of [
    ['admin', 40],
    ['agent', 1],
    ['admin', 40],
  ] as const) {
    const { json } = await api.ask(who, 'POST', '/v1/reports', { reports });
    assert.equal([json.accepted, json.rejected.length], [accepted, 40 - accepted]);
  }
});

test('without a token, or with a wrong one, it is 401 and says how to send one', async ({ api }) => {
  const { status, json } = await api.ask(undefined, 'POST', '/v1/reports', { reports: [{ host: 'c1' }] });
  assert.is(status, 401);
  assert.match(json.error.message, /X-Auth-Token/);
});

test('a malformed body is refused with the field and the reason', async ({ api }) => {
  for (const [body, field, words] of [
    ['{', undefined, /not JSON/],
    [[{ host: 'c1' }], undefined, /must be an object, not a list/],
    [{ host: 'c1' }, 'reports', /reports/],
    [{ reports: [] }, 'reports', />=1|at least 1/],
    [{ reports: [{ host: 'c1' }], extra: 1 }, 'extra', /unknown key "extra"; known are reports, goodbye/],
  ] as const) {
    const { status, json } = await api.ask('nova', 'POST', '/v1/reports', body);
    assert.is(status, 400, JSON.stringify(body));
    assert.is(json.error.code, 'invalid');
    assert.is(json.error.field, field, json.error.message);
    assert.match(json.error.message, words);
  }
});

test('more than ten thousand at once, or a body beyond its limit, is 413', async ({ api }) => {
  const many = await api.ask('nova', 'POST', '/v1/reports', { reports: Array(10_001).fill({ host: 'c1' }) });
  assert.equal([many.status, many.json.error.code], [413, 'too_large']);
  const large = await api.ask(
    'nova',
    'POST',
    '/v1/reports',
    `{"reports":["${'x'.repeat(8 * 1024 * 1024)}"]}`,
  );
  assert.is(large.status, 413);
});

test('ten thousand at once are taken', async ({ api }) => {
  const reports = Array.from({ length: 10_000 }, (_, n) => ({ host: `c${n}` }));
  const { json } = await api.ask('nova', 'POST', '/v1/reports', { reports });
  assert.is(json.accepted, 10_000);
  assert.is(api.liveness.counts().live, 10_000);
});

test('a flooding agent is asked to wait, and others are not', async ({ api }) => {
  const send = (who: 'agent' | 'nova') => api.ask(who, 'POST', '/v1/reports', { reports: [{ host: 'c1' }] });
  for (let n = 0; n < 100; n++) assert.is((await send('agent')).status, 200);
  const refused = await send('agent');
  assert.equal([refused.status, refused.json.error.code], [429, 'too_many']);
  assert.is(refused.headers.get('retry-after'), '1');
  assert.is((await send('nova')).status, 200);
  api.clock.advance(100);
  assert.is((await send('agent')).status, 200);
});

test('a flood is counted by reports, however they are put into requests', async ({ api }) => {
  const send = (count: number) =>
    api.ask('agent', 'POST', '/v1/reports', { reports: Array(count).fill({ host: 'c1' }) });
  assert.is((await send(60)).status, 200);
  assert.is((await send(60)).status, 429);
  assert.is((await send(40)).status, 200, 'what was refused was not counted');
  assert.is((await send(1)).status, 429);
});

test.run();
