/** Every path of hostbeat's own API is in `/openapi.json`, and is answered as the document says. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { schemaOf } from '../../server/openapi/operation.ts';
import { OWN_OPERATIONS } from '../../server/openapi/own/operations.ts';
import { openWholeServer, type WholeServer } from './whole-server.ts';

const SERVER = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
/** Pages, documents and the little of an image service that clients of Nova ask for. */
const NOT_OURS = /^\/(identity|image|v2|$|docs|dashboard|openapi\.json|asyncapi\.json)/;

const test = suite('answers of our own API');
let server: WholeServer;
test.before(async () => {
  server = await openWholeServer();
});
test.after(() => server.close());

test('every registered path and method is described, and nothing else', () => {
  const described = OWN_OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  const routes = server.routes
    .filter(({ path }) => !NOT_OURS.test(path))
    .map(({ method, path }) => ({ method, path: path.replace(/:(\w+)/g, '{$1}') }));
  const own = routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  assert.equal([...new Set(own)].sort(), described.sort());
  const paths = new Set(OWN_OPERATIONS.map(({ path }) => path));
  for (const { method, path } of routes)
    assert.ok(method !== 'ALL' || path.endsWith('*') || paths.has(path), `${path} is described nowhere`);
});

/** Asks, and holds the answer against what is published of the operation. */
async function ask(
  seen: Set<string>,
  ...[method, path, token, body, accept]: Parameters<WholeServer['ask']>
): Promise<{ status: number; json: Record<string, unknown> }> {
  const answer = await server.ask(method, path, token, body, accept);
  const [bare = ''] = path.split('?');
  const operation = OWN_OPERATIONS.find(
    (one) =>
      one.method === method.toLowerCase() &&
      new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare),
  );
  assert.ok(operation, `${method} ${bare} is described nowhere`);
  const what = `${method} ${operation.path} ${answer.status}`;
  const text = await answer.text();
  const given = operation.answers?.[answer.status];
  if (given === undefined) {
    assert.ok(answer.status >= 400, `${what} is described nowhere: ${text}`);
    const { error } = JSON.parse(text);
    assert.equal([typeof error.code, typeof error.message], ['string', 'string'], what);
    seen.add(`${operation.path} refused`);
    return { status: answer.status, json: { error } };
  }
  seen.add(`${method} ${operation.path}`);
  if (given === null) {
    assert.is(text, '', what);
    return { status: answer.status, json: {} };
  }
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const schema = given instanceof z.ZodType ? given : given[type];
  assert.ok(schema, `${what} has another type: ${type}`);
  // Read strictly here: a key that is described nowhere fails.
  const json = type === 'text/plain' ? text : JSON.parse(text);
  const published = z.fromJSONSchema(schemaOf(schema, 'output') as never);
  const { error } = published.safeParse(json);
  assert.is(error, undefined, `${what}: ${error?.message} ${text}`);
  return { status: answer.status, json };
}

test('every answer has the shape that is published', async () => {
  const seen = new Set<string>();
  const asked = (...call: Parameters<WholeServer['ask']>) => ask(seen, ...call);
  const admin = await server.logIn('admin', 'pw', 'admin');
  const seeded = await asked('POST', '/v1/seed', admin, {
    projects: [{ id: 'p-demo', name: 'demo' }],
    users: [{ name: 'alice', password: 'pw', roles: [{ project: 'demo', role: 'member' }] }],
    services: [{ host: 'c1' }, { host: 'c2', binary: 'nova-conductor', live: false }],
    instances: [{ id: SERVER, name: 'vm', project_id: 'p-demo', host: 'c1' }],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
  const alice = await server.logIn('alice', 'pw', 'demo');

  for (const path of ['/healthz', '/readyz', '/metrics']) await asked('GET', path);
  await asked('POST', '/v1/reports', admin, { reports: [{ host: 'c1' }, { host: 'no host' }] });
  const vm = { name: 'vm2', project_id: 'p-demo', host: 'c1' };
  const second = SERVER.replace('ed', 'ee');
  assert.is((await asked('PUT', `/v1/instances/${second}`, admin, vm)).status, 201);
  assert.is((await asked('PUT', `/v1/instances/${second}`, admin, vm)).status, 200);
  await asked('GET', `/v1/instances/${second}`, admin);
  await asked('DELETE', `/v1/instances/${second}`, admin);
  const line = JSON.stringify({ id: second, ...vm });
  await asked('POST', '/v1/instances', admin, line);
  await asked('POST', '/v1/instances', admin, '{"id":1}', 'application/json');

  const { json } = await asked('GET', '/v1/services', admin);
  const [{ uuid } = { uuid: '' }] = json.services as { uuid: string }[];
  await asked('GET', `/v1/services/${uuid}`, admin);
  const drill = await asked('POST', '/v1/drills', alice, { servers: [SERVER], status: 'DOWN', seconds: 60 });
  await asked('GET', '/v1/drills', alice);
  await asked('DELETE', `/v1/drills/${drill.json.id}`, alice);
  const present = await asked('GET', '/v1/changes', alice);
  await asked('PUT', `/v1/services/${uuid}`, admin, { forced_down: true, fence: 'confirmed' });
  await asked('GET', '/v1/hosts', admin);
  await asked('GET', '/v1/nodes', admin);
  await asked('POST', '/v1/cursor-keys', admin, { accept_earlier_seconds: 60 });
  await asked('GET', '/v1/cursor-keys', admin);
  await asked('GET', '/v1/changes?stream=hosts', admin);
  const since = await asked('GET', `/v1/changes?after=${present.json.cursor}&wait=1`, alice);
  assert.is(since.json.how, 'resumed');
  assert.is((await asked('GET', '/v1/changes?after=nonsense', alice)).status, 410);
  await asked('GET', `/v1/history?server=${SERVER}`, alice);
  await asked('GET', `/v1/explain?server=${SERVER}`, alice);
  await asked('GET', `/v1/services/${uuid}/explain`, admin);
  await asked('GET', `/v1/status?servers=${SERVER},${second}`, alice);
  await asked('POST', '/v1/tickets', alice);

  const key = await asked('POST', '/v1/watch-keys', alice, { name: 'k', servers: [SERVER] });
  await asked('GET', '/v1/watch-keys', alice);
  await asked('DELETE', `/v1/watch-keys/${key.json.id}`, alice);
  const token = await asked('POST', '/v1/agent-tokens', admin, { label: 'c1', hosts: ['c1'] });
  await asked('GET', '/v1/agent-tokens', admin);
  await asked('DELETE', `/v1/agent-tokens/${token.json.id}`, admin);
  const hook = await asked('POST', '/v1/webhooks', alice, { url: 'https://127.0.0.1:65535/x' });
  const at = `/v1/webhooks/${hook.json.id}`;
  await asked('GET', '/v1/webhooks', alice);
  await asked('GET', at, alice);
  await asked('PATCH', at, alice, { state: 'paused' });
  await asked('POST', `${at}/secret`, alice);
  await asked('POST', `${at}/test`, alice);
  await asked('DELETE', at, alice);

  const alert = { status: 'firing', labels: { alertname: 'HostDown', instance: 'c1:9100' } };
  await asked('POST', '/v1/alertmanager', admin, { version: '4', alerts: [alert, { ...alert, labels: {} }] });
  const event = { type: 'compute.host.down', details: { hostname: 'c1' } };
  for (const method of ['POST', 'PUT']) await asked(method, '/v1/inspector/events', admin, [event]);
  await asked('GET', '/v1/audit', admin);

  // Refusals too have one shape.
  await asked('GET', '/v1/hosts', alice);
  await asked('GET', '/v1/hosts');
  await asked('PUT', `/v1/services/${uuid}`, admin, { colour: 'red' });

  const rest = OWN_OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  const unseen = rest.filter((one) => !seen.has(one));
  assert.equal(unseen, ['GET /v1/stream', 'GET /v1/events', 'GET /v1/agent']);
});

test('every operation has an example that its own schemas take', () => {
  for (const operation of OWN_OPERATIONS) {
    const { method, path, body, answers = {}, example } = operation;
    const what = `${method} ${path}`;
    const [first = null] = Object.values(answers);
    const checked: [z.ZodType | undefined, unknown][] = [];
    for (const [described, value] of [
      [body, example?.body],
      [first, example?.answer],
    ] as const) {
      if (described == null) continue;
      assert.ok(value !== undefined, `${what} has no example`);
      checked.push([described instanceof z.ZodType ? described : Object.values(described)[0], value]);
    }
    for (const [schema, value] of checked) {
      const { error } = z.fromJSONSchema(schemaOf(schema as z.ZodType, 'output') as never).safeParse(value);
      assert.is(error, undefined, `${what}: ${error?.message}`);
    }
  }
});

test.run();
