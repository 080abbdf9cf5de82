/** A UUID in capitals is the same server by every way in: each row asks in capitals, and gets what the one there is has. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, failoverWhen, HostStatusMap, watch } from '../../client-sdk/src/index.ts';
import { Rest } from '../../client-sdk/src/rest.ts';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { testTerminal } from '../cli/output/terminal.ts';
import { SseReader } from '../support/clients/sse-reader.ts';
import { login, type Session } from '../support/http.ts';
import { startServer } from '../support/process.ts';
import { StreamClient } from '../support/stream-world.ts';

const VM = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const OTHER = '6b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const SERVICE = '7b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const [CAPITALS, SERVICE_CAPITALS] = [VM.toUpperCase(), SERVICE.toUpperCase()];
const NEWEST = { 'openstack-api-version': 'compute 2.90' };

const test = suite('a UUID in capitals');
const server = await startServer({
  HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
  HOSTBEAT_ADMIN_PASSWORD: 'pw',
  HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
});
const admin = await login(server.url, 'admin', 'pw', 'admin');
const place = (id: string) => ({ id, name: `vm-${id.slice(0, 2)}`, project_id: 'p', host: 'c1' });
const seeded = await admin.request('POST', '/v1/seed', {
  projects: [{ id: 'p', name: 'p' }],
  users: [{ name: 'owner', password: 'pw', roles: [{ project: 'p', role: 'member' }] }],
  services: [{ uuid: SERVICE_CAPITALS, host: 'c1', binary: 'nova-compute' }],
  instances: [place(CAPITALS), place(OTHER)],
});
assert.is(seeded.status, 200, JSON.stringify(seeded.json));
const owner = await login(server.url, 'owner', 'pw', 'p');
test.after(async () => void (await server.stop()));

/** What stands somewhere in the answer, by a request in capitals. `{"uuid":…}` itself is what the document has. */
const REQUESTS: readonly (readonly [
  who: Session,
  method: string,
  path: string,
  body: unknown,
  status: number,
  holds: string,
])[] = [
  [owner, 'GET', `/v2.1/servers/${CAPITALS}`, undefined, 200, `"id":"${VM}"`],
  [owner, 'GET', `/v2.1/servers?uuid=${CAPITALS}`, undefined, 200, `"id":"${VM}"`],
  [owner, 'GET', `/v2.1/servers?marker=${OTHER.toUpperCase()}&sort_key=uuid`, undefined, 200, VM],
  [owner, 'GET', `/v2.1/servers/${CAPITALS}/metadata`, undefined, 200, '{"metadata":{}}'],
  [owner, 'PUT', `/v2.1/servers/${CAPITALS}`, { server: { name: 'db' } }, 200, `"id":"${VM}"`],
  [owner, 'PUT', `/v2.1/servers/${CAPITALS}/tags/a`, undefined, 201, ''],
  [owner, 'GET', `/v2.1/servers/${CAPITALS}/os-instance-actions`, undefined, 200, '"instanceActions"'],
  [owner, 'GET', `/v2.1/servers/${CAPITALS}/ips`, undefined, 200, '"addresses"'],
  [admin, 'POST', `/v2.1/servers/${CAPITALS}/action`, { lock: null }, 202, ''],
  [
    admin,
    'PUT',
    `/v2.1/os-services/${SERVICE_CAPITALS}`,
    { disabled_reason: 'x', status: 'disabled' },
    200,
    SERVICE,
  ],
  [admin, 'PUT', `/v2.1/os-services/${SERVICE_CAPITALS}`, { status: 'enabled' }, 200, SERVICE],
  [admin, 'GET', `/v2.1/os-hypervisors/${SERVICE_CAPITALS}`, undefined, 200, SERVICE],
  [admin, 'PUT', `/v1/instances/${CAPITALS}`, { ...place(CAPITALS), id: undefined }, 200, `"id":"${VM}"`],
  [admin, 'PUT', `/v1/instances/${VM}`, place(CAPITALS), 200, `"id":"${VM}"`],
  [admin, 'GET', `/v1/instances/${CAPITALS}`, undefined, 200, `"id":"${VM}"`],
  [admin, 'POST', '/v1/instances', place(CAPITALS), 200, '"outcome":"unchanged"'],
  [admin, 'POST', '/v1/seed', { instances: [place(CAPITALS)] }, 200, '"unchanged":1'],
  [admin, 'GET', `/v1/services/${SERVICE_CAPITALS}`, undefined, 200, SERVICE],
  [admin, 'PUT', `/v1/services/${SERVICE_CAPITALS}`, { zone: 'az1' }, 200, SERVICE],
  [admin, 'GET', `/v1/services/${SERVICE_CAPITALS}/explain`, undefined, 200, '"c1"'],
  [owner, 'GET', `/v1/explain?server=${CAPITALS}`, undefined, 200, VM],
  [owner, 'GET', `/v1/history?server=${CAPITALS}`, undefined, 200, `"server_id":"${VM}"`],
  [owner, 'GET', `/v1/status?servers=${CAPITALS}`, undefined, 200, '"unknown":[]'],
  [owner, 'GET', `/v1/changes?servers=${CAPITALS}`, undefined, 200, `"server_id":"${VM}"`],
  [
    owner,
    'POST',
    '/v1/webhooks',
    { url: 'http://127.0.0.1:9999/', servers: [CAPITALS] },
    201,
    `"servers":["${VM}"]`,
  ],
  [owner, 'POST', '/v1/watch-keys', { name: 'key', servers: [CAPITALS, VM] }, 201, `"servers":["${VM}"]`],
  [
    owner,
    'POST',
    '/v1/drills',
    { servers: [CAPITALS], status: 'DOWN', seconds: 60 },
    201,
    `"servers":["${VM}"]`,
  ],
];

for (const [who, method, path, body, status, holds] of REQUESTS) {
  test(`${method} ${path.replaceAll(/[0-9A-F]{8}-[-0-9A-F]{27}/g, 'UUID')}`, async () => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { 'x-auth-token': who.token, ...NEWEST, ...(body === undefined ? {} : JSON_TYPE) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.is(answer.status, status, text);
    assert.ok(text.includes(holds), text);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };

test('a change of a webhook keeps them as they are stored', async () => {
  const { json } = await owner.request('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9999/' });
  const changed = await owner.request('PATCH', `/v1/webhooks/${json.id}`, { servers: [CAPITALS] });
  assert.equal(changed.json.servers, [VM]);
});

test('a filter of a WebSocket and of an event stream', async () => {
  const client = new StreamClient(`${server.url}/v1/stream`, {
    protocols: ['hostbeat.v1'],
    headers: { 'X-Auth-Token': owner.token },
  });
  await client.open();
  client.subscribe({ servers: [CAPITALS] });
  assert.equal(idsIn(await client.until('snapshot')), [VM]);
  client.ws.terminate();
  const headers = { 'X-Auth-Token': owner.token };
  const events = new SseReader(`${server.url}/v1/events?servers=${CAPITALS}`, headers);
  assert.equal(idsIn(await events.until('snapshot')), [VM]);
  events.cut();
});

function idsIn({ items }: { readonly items: readonly object[] }) {
  return items.map((item) => (item as { server_id?: string }).server_id);
}

for (const transport of ['websocket', 'events', 'poll'] as const) {
  test(`the client by ${transport}: its filter, its map and its failover`, async () => {
    const options = { url: server.url, token: owner.token, transport, servers: [CAPITALS] } as const;
    await using client = connect(options);
    const map = new HostStatusMap(client);
    await map.synced;
    assert.is(map.size, 1);
    assert.is(map.get(CAPITALS)?.server_id, VM);
    const force = (forced_down: boolean) =>
      admin.request('PUT', `/v2.1/os-services/${SERVICE}`, { forced_down }, NEWEST);
    const lost = failoverWhen(map, [CAPITALS], { riskTwoPrimaries: true });
    await force(true);
    assert.is((await lost).server_id, VM);
    await force(false);
  });
}

test('the client’s iterator and its REST client', async () => {
  const items = watch({ url: server.url, token: owner.token, servers: [CAPITALS] });
  for await (const item of items) {
    if (item.type !== 'snapshot') continue;
    assert.equal(
      item.servers.map(({ server_id }) => server_id),
      [VM],
    );
    break;
  }
  const rest = new Rest({ url: server.url, token: owner.token });
  assert.is((await rest.server(CAPITALS))?.id, VM);
});

const COMMANDS: readonly (readonly [who: Session, ...args: string[]])[] = [
  [owner, 'history', CAPITALS, '--json'],
  [owner, 'explain', CAPITALS, '--json'],
  [owner, 'instances', 'show', CAPITALS, '--json'],
  [owner, 'watch', '--server', CAPITALS, '--once', '--json'],
  [owner, 'key', 'add', '--name', 'two', '--server', CAPITALS, '--json'],
  [owner, 'drill', 'start', CAPITALS, '--status', 'UNKNOWN', '--for', '5s', '--json'],
  [owner, 'webhooks', 'add', 'http://127.0.0.1:9999/', '--server', CAPITALS, '--json'],
  [admin, 'instances', 'move', CAPITALS, 'c1', '--json'],
];

for (const [who, ...args] of COMMANDS) {
  test(`hostbeat ${args.join(' ').replace(CAPITALS, 'UUID')}`.slice(0, 80), async () => {
    const terminal = testTerminal({ HOSTBEAT_URL: server.url, HOSTBEAT_TOKEN: who.token });
    assert.is(await run(args, terminal), EXIT.ok, terminal.stderr);
    assert.ok(terminal.stdout.includes(VM), terminal.stdout);
    assert.not(terminal.stdout.includes(OTHER));
  });
}

test.run();
