/** Drills at a whole server: who may start one, who sees it, and what ends it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../../client-sdk/protocol/items.ts';
import { SseReader } from '../../support/clients/sse-reader.ts';
import { login, request, type Session } from '../../support/http.ts';
import { runHostbeat, type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';
import { StreamClient } from '../../support/stream-world.ts';
import { within } from '../../support/within.ts';

const A = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const B = '6b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const FOREIGN = '7b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const NOWHERE = '8b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';

const test = suite('drills');
const folder = await temporaryFolder();
let server: ServerProcess;
let admin: Session;
let member: Session;
let reader: Session;
let stranger: Session;

const start = () =>
  startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/drills.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_MAX_DRILLS_PER_PROJECT: '3',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  });

async function logIn(): Promise<void> {
  admin = await login(server.url, 'admin', 'pw', 'admin');
  member = await login(server.url, 'member', 'pw', 'demo');
  reader = await login(server.url, 'reader', 'pw', 'demo');
  stranger = await login(server.url, 'stranger', 'pw', 'other');
}

test.before(async () => {
  server = await start();
  admin = await login(server.url, 'admin', 'pw', 'admin');
  const seeded = await admin.request('POST', '/v1/seed', {
    projects: ['demo', 'other'].map((name) => ({ id: `p-${name}`, name })),
    users: [
      { name: 'member', password: 'pw', roles: [{ project: 'demo', role: 'member' }] },
      { name: 'reader', password: 'pw', roles: [{ project: 'demo', role: 'reader' }] },
      { name: 'stranger', password: 'pw', roles: [{ project: 'other', role: 'member' }] },
    ],
    services: ['c1', 'c2'].map((host) => ({ host, binary: 'nova-compute' })),
    instances: [
      { id: A, name: 'a', project_id: 'p-demo', host: 'c1' },
      { id: B, name: 'b', project_id: 'p-demo', host: 'c2' },
      { id: FOREIGN, name: 'foreign', project_id: 'p-other', host: 'c1' },
    ],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
  await logIn();
});
test.after(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});
test.after.each(async () => {
  await forceDown('c1', false);
  await forceDown('c2', false);
  for (const { id } of (await member.request('GET', '/v1/drills')).json.drills)
    await member.request('DELETE', `/v1/drills/${id}`);
});

const wish = (fields: object = {}) => ({ servers: [A], status: 'DOWN', seconds: 60, ...fields });

async function drill(fields: object = {}, by: Session = member) {
  const { status, json } = await by.request('POST', '/v1/drills', wish(fields));
  assert.is(status, 201, JSON.stringify(json));
  return json;
}

function forceDown(host: string, forced_down: boolean) {
  const body = { host, binary: 'nova-compute', forced_down };
  const version = { 'openstack-api-version': 'compute 2.11' };
  return admin.request('PUT', '/v2.1/os-services/force-down', body, version);
}

async function follow(token: string, fields: object = {}): Promise<StreamClient> {
  const headers = { 'X-Auth-Token': token };
  const client = await new StreamClient(`${server.url}/v1/stream`, {
    protocols: ['hostbeat.v1'],
    headers,
  }).open();
  client.subscribe(fields);
  await client.until('synced');
  return client;
}

const short = ({ kind, server_id, to, drill: mark }: Change) => [kind, server_id, to, mark?.ended];
const nextItems = async (client: StreamClient) =>
  (await within('an event', client.until('event'))).items as Change[];

test('a drill is on the socket, the event stream, the poll, and nowhere else', async () => {
  const read = async () => [
    (await admin.request('GET', '/v1/hosts')).json,
    (await member.request('GET', `/v1/status?servers=${A}`)).json.servers,
    (await member.request('GET', `/v1/history?server=${A}`)).json.items,
    (await admin.request('GET', `/v2.1/servers/${A}`)).json.server.host_status,
  ];
  const before = await read();
  const { cursor } = (await member.request('GET', '/v1/changes')).json;
  const socket = await follow(member.token);
  const hosts = await follow(admin.token, { stream: 'hosts' });
  const other = await follow(stranger.token);
  const events = new SseReader(`${server.url}/v1/events`, { 'X-Auth-Token': member.token });
  while ((await events.next()).event !== 'synced');
  const { id, until, started_at } = await drill({ servers: [A, B] });
  assert.is(Date.parse(until) - Date.parse(started_at), 60_000);
  const expected = [
    ['drill', A, 'DOWN', undefined],
    ['drill', B, 'DOWN', undefined],
  ];
  const items = await nextItems(socket);
  assert.equal(items.map(short), expected);
  assert.equal(items[0]?.drill, { id, until });
  for (;;) {
    const { event, data } = await events.next();
    if (event !== 'event') continue;
    assert.equal(JSON.parse(data).items.map(short), expected);
    break;
  }
  const polled = (await member.request('GET', `/v1/changes?after=${cursor}&wait=5`)).json;
  assert.equal(polled.items.map(short), expected);
  assert.equal(
    (await member.request('GET', '/v1/changes')).json.items.map(
      ({ host_status }: { host_status: string }) => host_status,
    ),
    ['UP', 'UP'],
    'a snapshot shows what is true',
  );
  const after = await read();
  assert.equal(JSON.stringify(after.slice(1)), JSON.stringify(before.slice(1)));
  for (const quiet of [hosts, other])
    assert.equal(
      (await quiet.said()).filter(({ type }) => type === 'event'),
      [],
    );
  assert.is((await member.request('DELETE', `/v1/drills/${id}`)).status, 204);
  assert.equal((await nextItems(socket)).map(short), [
    ['drill', A, 'UP', true],
    ['drill', B, 'UP', true],
  ]);
  for (const client of [socket, hosts, other]) client.ws.terminate();
  events.cut();
});

test('a true change wins: it ends the drill, and the drill does not come back', async () => {
  const socket = await follow(member.token, { host_status: ['DOWN'] });
  const { id } = await drill({ servers: [A, B], status: 'UNKNOWN' });
  await nextItems(socket);
  await forceDown('c1', true);
  assert.equal((await nextItems(socket)).map(short), [['transition', A, 'DOWN', true]]);
  const { drills } = (await member.request('GET', '/v1/drills')).json;
  assert.equal(
    drills.map(({ servers }: { servers: string[] }) => servers),
    [[B]],
  );
  await member.request('DELETE', `/v1/drills/${id}`);
  assert.equal((await nextItems(socket)).map(short), [['drill', B, 'UP', true]]);
  const refused = await member.request('POST', '/v1/drills', wish());
  assert.equal([refused.status, refused.json.error.code], [409, 'conflict']);
  assert.match(refused.json.error.message, /would hide a real fault/);
  socket.ws.terminate();
});

test('it ends by itself, also while no server runs', async () => {
  const socket = await follow(member.token);
  await drill({ seconds: 0.3 });
  await nextItems(socket);
  assert.equal((await nextItems(socket)).map(short), [['drill', A, 'UP', true]]);
  socket.ws.terminate();
  const { cursor } = (await member.request('GET', '/v1/changes')).json;
  const { until } = await drill({ seconds: 1 });
  await drill({ servers: [B], seconds: 600 });
  await server[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, Date.parse(until) - Date.now() + 10));
  server = await start();
  await logIn();
  const polled = (await member.request('GET', `/v1/changes?after=${cursor}`)).json;
  assert.equal(polled.items.map(short), [
    ['drill', A, 'DOWN', undefined],
    ['drill', B, 'DOWN', undefined],
    ['drill', A, 'UP', true],
  ]);
  const { drills } = (await member.request('GET', '/v1/drills')).json;
  assert.equal(
    drills.map(({ servers }: { servers: string[] }) => servers),
    [[B]],
    'the other goes on',
  );
});

test('servers of others, and unknown ones, do not exist', async () => {
  for (const id of [FOREIGN, NOWHERE]) {
    const refused = await member.request('POST', '/v1/drills', wish({ servers: [A, id] }));
    assert.equal(
      [refused.status, refused.json.error],
      [404, { code: 'not_found', message: `There is no server ${id}`, field: 'servers' }],
    );
  }
  const { id } = await drill();
  assert.equal((await stranger.request('GET', '/v1/drills')).json.drills, []);
  for (const one of [id, 'none'])
    assert.is((await stranger.request('DELETE', `/v1/drills/${one}`)).status, 404);
});

test('a reader lists drills, and starts and ends none', async () => {
  const { id } = await drill();
  assert.is((await reader.request('GET', '/v1/drills')).json.drills[0].id, id);
  assert.is((await reader.request('POST', '/v1/drills', wish())).status, 403);
  assert.is((await reader.request('DELETE', `/v1/drills/${id}`)).status, 403);
});

test('a watch key needs the right, and reaches its own servers alone', async () => {
  const keyOf = async (body: object) =>
    (await member.request('POST', '/v1/watch-keys', { name: 'k', ...body })).json.key as string;
  const call = (method: string, path: string, key: string, body?: unknown) =>
    request(server.url + path, method, key, body);
  const plain = await keyOf({ servers: [A] });
  for (const [method, path] of [
    ['POST', '/v1/drills'],
    ['GET', '/v1/drills'],
    ['DELETE', '/v1/drills/x'],
  ] as const) {
    const refused = await call(method, path, plain, method === 'POST' ? wish() : undefined);
    assert.is(refused.status, 403, method);
    assert.match(refused.json.error.message, /without the right to drills/);
  }
  const key = await keyOf({ servers: [A], drills: true });
  assert.is((await call('POST', '/v1/drills', key, wish({ servers: [B] }))).status, 404);
  const mine = await call('POST', '/v1/drills', key, wish());
  assert.is(mine.status, 201);
  const { id: others } = await drill({ servers: [B] });
  assert.equal(
    (await call('GET', '/v1/drills', key)).json.drills.map(({ id }: { id: string }) => id),
    [mine.json.id],
  );
  assert.is((await call('DELETE', `/v1/drills/${others}`, key)).status, 404);
  assert.is((await call('DELETE', `/v1/drills/${mine.json.id}`, key)).status, 204);
  assert.is((await call('GET', '/v1/hosts', key)).status, 403, 'and nothing else');
});

test('what is wrong with a wish is named, and starts nothing', async () => {
  const { cursor } = (await member.request('GET', '/v1/changes')).json;
  for (const [fields, field] of [
    [{ servers: [] }, 'servers'],
    [{ servers: A }, 'servers'],
    [{ servers: ['x'.repeat(65)] }, 'servers[0]'],
    [{ servers: Array.from({ length: 1_001 }, (_, n) => `s${n}`) }, 'servers'],
    [{ status: 'UP' }, 'status'],
    [{ status: 'down' }, 'status'],
    [{ seconds: 600.001 }, 'seconds'],
    [{ seconds: 0 }, 'seconds'],
    [{ seconds: -1 }, 'seconds'],
    [{ seconds: '60' }, 'seconds'],
    [{ seconds: null }, 'seconds'],
    [{ seconds: undefined }, 'seconds'],
    [{ project_id: 'p-other' }, 'project_id'],
  ] as const) {
    const refused = await member.request('POST', '/v1/drills', wish(fields));
    assert.equal(
      [refused.status, refused.json.error.field],
      [400, field],
      JSON.stringify(fields).slice(0, 80),
    );
  }
  for (const seconds of ['NaN', '1e999', '-Infinity']) {
    const body = JSON.stringify(wish()).replace('60', seconds);
    const { status } = await fetch(`${server.url}/v1/drills`, {
      method: 'POST',
      headers: { 'X-Auth-Token': member.token, 'Content-Type': 'application/json' },
      body,
    });
    assert.is(status, 400, seconds);
  }
  assert.equal((await member.request('GET', `/v1/changes?after=${cursor}`)).json.items, []);
});

test('a server is in one drill; named twice, or in capitals, it is one', async () => {
  const { servers } = await drill({ servers: [A, A.toUpperCase(), A], seconds: 600 });
  assert.equal(servers, [A]);
  const again = await member.request('POST', '/v1/drills', wish({ servers: [B, A] }));
  assert.is(again.status, 409);
  assert.match(again.json.error.message, new RegExp(`a drill already of server ${A}`));
});

test('starts and ends are in the audit log, with who and of what', async () => {
  const { id, until } = await drill();
  await member.request('DELETE', `/v1/drills/${id}`);
  const { entries } = (await admin.request('GET', '/v1/audit?limit=2')).json;
  assert.equal(
    entries.map(({ action, subject }: { action: string; subject: string }) => [action, subject]),
    [
      ['drill.end', `drill:${id}`],
      ['drill.start', `drill:${id}`],
    ],
  );
  assert.equal(entries[1].changes, {
    project_id: [null, 'p-demo'],
    servers: [null, [A]],
    status: [null, 'DOWN'],
    until: [null, until],
  });
});

test('the command starts, lists and ends drills, by name and with a key', async () => {
  const key = (await member.request('POST', '/v1/watch-keys', { name: 'k', drills: true })).json
    .key as string;
  const run = async (token: string, ...words: string[]) => {
    const ran = await runHostbeat(['drill', ...words], { HOSTBEAT_URL: server.url, HOSTBEAT_TOKEN: token });
    assert.is(ran.code, 0, ran.stderr);
    return ran.stdout;
  };
  assert.match(
    await run(member.token, 'start', 'a', '--for', '30s'),
    /^Drill [0-9a-f]{8}: 1 server is shown DOWN until /,
  );
  const made = JSON.parse(await run(key, 'start', B, '--status', 'MAINTENANCE', '--json'));
  assert.equal([made.servers, made.status], [[B], 'MAINTENANCE']);
  assert.match(await run(key, 'list'), new RegExp(`^ID .*${made.id.slice(0, 8)} +MAINTENANCE`, 's'));
  assert.match(await run(key, 'end', made.id.slice(0, 8)), /: ended/);
  assert.is((await member.request('GET', '/v1/drills')).json.drills.length, 1);
});

test('a project that starts drills without end is slowed', async () => {
  const statuses = new Set<number>();
  for (let n = 0; n < 30; n++) {
    const { status, json, headers } = await stranger.request(
      'POST',
      '/v1/drills',
      wish({ servers: [FOREIGN] }),
    );
    statuses.add(status);
    if (status !== 429) continue;
    assert.match(json.error.message, /too often/);
    assert.ok(Number(headers.get('retry-after')) >= 1);
    break;
  }
  assert.equal([...statuses].sort(), [201, 409, 429]);
  for (const { id } of (await stranger.request('GET', '/v1/drills')).json.drills)
    await stranger.request('DELETE', `/v1/drills/${id}`);
});

test.run();
