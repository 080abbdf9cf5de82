import { Hono } from 'hono';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createAudit } from '../../server/api/audit.ts';
import type { Env } from '../../server/identity/middleware.ts';
import { anInstance, aService } from '../support/builders.ts';
import { anAdmin } from '../support/identity.ts';
import { putService } from '../support/store.ts';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api; uuid: string }>('/v1/audit');

test.before.each(async (context) => {
  context.api = await openApi();
  context.uuid = (await putService(context.api.test, aService())).uuid;
});
test.after.each(({ api }) => api.close());

const FROM = { 'x-test-address': '192.0.2.7' };
const entries = async (api: Api, query = '') =>
  (await api.ask('admin', 'GET', `/v1/audit${query}`)).json.entries;

test('a force-down is kept with who, from where, when, and what it changed', async ({ api, uuid }) => {
  const body = { forced_down: true, forced_down_reason: 'rack on fire', fence: 'requested' };
  const { json } = await api.ask('admin', 'PUT', `/v1/services/${uuid}`, body, FROM);
  assert.equal(
    [json.host_status, json.fence, json.forced_down_reason, json.forced_down_by],
    ['DOWN', 'requested', 'rack on fire', 'admin'],
  );
  const [entry, ...more] = await entries(api);
  assert.equal(more, []);
  assert.equal(entry, {
    id: 1,
    at: '2026-01-01T00:00:00.000Z',
    actor: 'admin',
    from: '192.0.2.7',
    action: 'service.force_down',
    subject: 'service:c1/nova-compute',
    changes: {
      forced_down: [false, true],
      forced_down_reason: [null, 'rack on fire'],
      fence: ['none', 'requested'],
    },
  });
});

test('a seed is kept as one entry, with who, from where, and how much it made', async ({ api }) => {
  const { status } = await api.ask('admin', 'POST', '/v1/seed', { services: [{ host: 'c7' }] }, FROM);
  assert.is(status, 200);
  const [{ actor, from, action, subject, changes }] = await entries(api);
  assert.equal([actor, from, action, subject], ['admin', '192.0.2.7', 'seed.apply', 'seed']);
  assert.ok(Object.keys(changes).length > 0);
});

test('each action has its name, and an action that changes nothing is not recorded', async ({
  api,
  uuid,
}) => {
  const put = (body: object) => api.ask('admin', 'PUT', `/v1/services/${uuid}`, body);
  await put({ forced_down: true });
  await put({ forced_down: true });
  await put({ fence: 'confirmed' });
  await put({ forced_down: false });
  await put({ zone: 'east' });
  assert.equal(
    (await entries(api)).map(({ action }: { action: string }) => action),
    ['service.set', 'service.lift_force_down', 'service.fence', 'service.force_down'],
  );
});

test('the audit log keeps each registration, move and deletion, an import as one entry', async ({ api }) => {
  const { id } = anInstance();
  const doc = { project_id: 'p1', name: 'vm', host: 'c1' };
  await api.ask('admin', 'PUT', `/v1/instances/${id}`, doc);
  await api.ask('admin', 'PUT', `/v1/instances/${id}`, { ...doc, host: 'c2' });
  await api.ask('admin', 'DELETE', `/v1/instances/${id}`);
  const lines = [1, 2, 3].map((n) => JSON.stringify({ id: anInstance().id, ...doc, name: `vm${n}` }));
  await api.ask('admin', 'POST', '/v1/instances', lines.join('\n'));
  const found = await entries(api);
  assert.equal(
    found.map(({ action }: { action: string }) => action),
    ['instance.import', 'instance.delete', 'instance.move', 'instance.register'],
  );
  assert.equal(found[0].changes.added, [null, 3]);
  assert.equal(found[2].changes, { host: ['c1', 'c2'] });
  assert.is(found[2].subject, `instance:${id}`);
});

test('a report for a host that is not the agent’s is refused and kept, once an hour', async ({ api }) => {
  for (let n = 0; n < 3; n++) {
    const { json } = await api.ask('agent', 'POST', '/v1/reports', { reports: [{ host: 'c2' }] }, FROM);
    assert.is(json.rejected.length, 1);
  }
  await api.liveness.close();
  const [entry, ...more] = await entries(api);
  assert.equal(more, []);
  assert.equal(
    [entry.action, entry.actor, entry.from, entry.subject],
    ['report.refused', 'agent-c1', '192.0.2.7', 'service:c2/nova-compute'],
  );
});

test('it is asked by actor, action, subject and time, and read page by page', async ({ api, uuid }) => {
  for (let n = 0; n < 5; n++) {
    await api.ask(n % 2 ? 'admin' : 'colleague', 'PUT', `/v1/services/${uuid}`, { zone: `z${n}` });
    api.clock.advance(1_000);
  }
  assert.is((await entries(api, '?actor=admin')).length, 2);
  assert.is((await entries(api, '?action=service.set&subject=service:c1/nova-compute')).length, 5);
  assert.is((await entries(api, '?subject=service:c2/nova-compute')).length, 0);
  assert.is((await entries(api, '?since=2026-01-01T00:00:02Z&until=2026-01-01T00:00:04Z')).length, 2);
  const first = (await api.ask('admin', 'GET', '/v1/audit?limit=3')).json;
  const second = (await api.ask('admin', 'GET', `/v1/audit?limit=3&marker=${first.next}`)).json;
  assert.equal(
    [...first.entries, ...second.entries].map(({ id }: { id: number }) => id),
    [5, 4, 3, 2, 1],
  );
  assert.is(second.next, null);
  for (const wrong of ['limit=0', 'limit=x', 'since=yesterday', 'who=me', 'marker=-1']) {
    assert.is((await api.ask('admin', 'GET', `/v1/audit?${wrong}`)).status, 400, wrong);
  }
});

test('a page has a thousand entries at most, and the last page names no next one', async () => {
  const stored = Array.from({ length: 2_000 }, (_, n) => ({
    id: 2_000 - n,
    at: 0,
    actor: 'a',
    from: null,
    action: 'x',
    subject: 's',
    changes: {},
  }));
  const app = new Hono<Env>()
    .use(async (c, next) => {
      c.set('identity', anAdmin());
      await next();
    })
    .route(
      '/',
      createAudit({
        auditEntries: async ({ before = 1e9, limit }) =>
          stored.filter(({ id }) => id < before).slice(0, limit),
      }),
    );
  const page = async (query: string) => (await app.request(`/audit?${query}`)).json();
  const first = await page('limit=5000');
  assert.is(first.entries.length, 1_000);
  const second = await page(`limit=5000&marker=${first.next}`);
  assert.equal([second.entries.length, second.entries.at(-1).id, second.next], [1_000, 1, null]);
});

test('it is for administrators alone', async ({ api }) => {
  for (const who of ['nova', 'owner', 'agent'] as const) {
    assert.is((await api.ask(who, 'GET', '/v1/audit')).status, 403);
  }
  assert.is((await api.ask(undefined, 'GET', '/v1/audit')).status, 401);
});

test('an entry whose commit failed is not stored', async ({ api, uuid }) => {
  const { status } = await api.ask('admin', 'PUT', `/v1/services/${uuid}`, { fence: 'confirmed' });
  assert.is(status, 409);
  assert.equal(await entries(api), []);
});

test.run();
