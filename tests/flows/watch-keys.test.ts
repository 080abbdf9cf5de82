/** Watch keys at a whole server: what one opens by every way in, and what ends it. */
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import { SseReader } from '../support/clients/sse-reader.ts';
import { login, request, type Session } from '../support/http.ts';
import { runHostbeat, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { StreamClient } from '../support/stream-world.ts';
import { within } from '../support/within.ts';

const MINE = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const NOT_NAMED = '6b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const FOREIGN = '7b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const NOWHERE = '8b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';

const STATUS = `/v1/status?servers=${MINE}`;

const test = suite('watch keys');
const folder = await temporaryFolder();
let server: ServerProcess;
let admin: Session;
let member: Session;

test.before(async () => {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/keys.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_MAX_WATCH_KEYS_PER_PROJECT: '20',
    HOSTBEAT_TRUSTED_PROXIES: '127.0.0.1',
  });
  admin = await login(server.url, 'admin', 'pw', 'admin');
  const seeded = await admin.request('POST', '/v1/seed', {
    projects: ['demo', 'other', 'brief'].map((name) => ({ id: `p-${name}`, name })),
    users: [
      { name: 'member', password: 'pw', roles: [{ project: 'demo', role: 'member' }] },
      { name: 'reader', password: 'pw', roles: [{ project: 'demo', role: 'reader' }] },
      { name: 'stranger', password: 'pw', roles: [{ project: 'other', role: 'member' }] },
      { name: 'brief', password: 'pw', roles: [{ project: 'brief', role: 'member' }] },
    ],
    services: ['c1', 'c2'].map((host) => ({ host, binary: 'nova-compute' })),
    instances: [
      { id: MINE, name: 'mine', project_id: 'p-demo', host: 'c1' },
      { id: NOT_NAMED, name: 'not-named', project_id: 'p-demo', host: 'c2' },
      { id: FOREIGN, name: 'foreign', project_id: 'p-other', host: 'c1' },
    ],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
  member = await login(server.url, 'member', 'pw', 'demo');
});
test.after(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

interface Made {
  readonly id: string;
  readonly key: string;
}

async function keyOf(body: object, by: Session = member): Promise<Made> {
  const made = await by.request('POST', '/v1/watch-keys', { name: 'test', ...body });
  assert.is(made.status, 201, JSON.stringify(made.json));
  assert.match(made.json.key, /^hbw_[\w-]{43}$/);
  return made.json;
}

async function revoke({ id }: Made): Promise<void> {
  assert.is((await member.request('DELETE', `/v1/watch-keys/${id}`)).status, 204);
}

const get = (path: string, token: string, headers: Record<string, string> = {}) =>
  request(server.url + path, 'GET', token, undefined, headers);

function connect(options: { readonly token?: string; readonly protocol?: string }): Promise<StreamClient> {
  return new StreamClient(`${server.url}/v1/stream`, {
    protocols: ['hostbeat.v1', ...(options.protocol === undefined ? [] : [options.protocol])],
    headers: options.token === undefined ? {} : { 'X-Auth-Token': options.token },
  }).open();
}

/** The servers of the snapshot that a subscription begins with. */
async function serversOf(client: StreamClient, fields: object = {}): Promise<string[]> {
  client.subscribe(fields);
  const { items } = await client.until('snapshot');
  await client.until('synced');
  return items.map((item) => ('server_id' in item ? item.server_id : 'a service'));
}

test('a key opens its servers by header, subprotocol, hello and ticket', async () => {
  const made = await keyOf({ servers: [MINE.toUpperCase()] });
  const encoded = Buffer.from(made.key).toString('base64url');
  const { ticket } = (await request(`${server.url}/v1/tickets`, 'POST', made.key)).json;
  for (const way of [
    { token: made.key },
    { protocol: `bearer.${encoded}` },
    { protocol: `ticket.${ticket}` },
    {},
  ]) {
    const client = await connect(way);
    if (Object.keys(way).length === 0) client.say({ type: 'hello', token: made.key });
    const welcome = await client.expect('welcome');
    assert.equal([welcome.project_id, welcome.roles], ['p-demo', []]);
    assert.equal(await serversOf(client), [MINE], JSON.stringify(Object.keys(way)));
    client.ws.terminate();
  }
});

test('a filter outside of the key is as if those servers did not exist', async () => {
  const { key } = await keyOf({ servers: [MINE] });
  const client = await connect({ token: key });
  await client.expect('welcome');
  assert.equal(await serversOf(client, { id: 'a', servers: [NOT_NAMED, FOREIGN, NOWHERE] }), []);
  assert.equal(await serversOf(client, { id: 'b', servers: [NOT_NAMED, MINE] }), [MINE]);
  for (const fields of [{ stream: 'hosts' as const }, { project_id: 'p-other' }, { project_id: 'nowhere' }]) {
    client.subscribe({ id: 'c', ...fields });
    assert.is((await client.until('unsubscribed')).reason, 'forbidden', JSON.stringify(fields));
  }
  client.ws.terminate();
  const polled = await get(`/v1/changes?servers=${NOT_NAMED},${MINE}`, key);
  assert.equal(
    polled.json.items.map(({ server_id }: { server_id: string }) => server_id),
    [MINE],
  );
});

test('changes of the named servers alone arrive, by socket, event stream and poll', async () => {
  const { key } = await keyOf({ servers: [MINE] });
  const client = await connect({ token: key });
  await serversOf(client);
  const reader = new SseReader(`${server.url}/v1/events`, { 'X-Auth-Token': key });
  const [{ cursor }] = [(await get('/v1/changes', key)).json];
  await admin.request(
    'PUT',
    '/v2.1/os-services/force-down',
    {
      host: 'c2',
      binary: 'nova-compute',
      forced_down: true,
    },
    { 'openstack-api-version': 'compute 2.11' },
  );
  await admin.request(
    'PUT',
    '/v2.1/os-services/force-down',
    {
      host: 'c1',
      binary: 'nova-compute',
      forced_down: true,
    },
    { 'openstack-api-version': 'compute 2.11' },
  );
  const { items } = await within('the event', client.until('event'));
  assert.equal(
    items.map((item) => 'server_id' in item && [item.server_id, item.to]),
    [[MINE, 'DOWN']],
  );
  client.ws.terminate();
  reader.cut();
  const polled = await get(`/v1/changes?after=${cursor}&wait=5`, key);
  assert.is(polled.status, 200);
  assert.equal(
    polled.json.items.map((item: { server_id: string; to: string }) => [item.server_id, item.to]),
    [[MINE, 'DOWN']],
  );
});

test('a cursor belongs to what the key may see', async () => {
  const narrow = await keyOf({ servers: [MINE] });
  const other = await keyOf({ servers: [NOT_NAMED] });
  const wide = await keyOf({});
  const { cursor } = (await get('/v1/changes', narrow.key)).json;
  assert.is((await get(`/v1/changes?after=${cursor}`, narrow.key)).status, 200);
  for (const { key } of [other, wide]) {
    const reset = await get(`/v1/changes?after=${cursor}`, key);
    assert.equal([reset.status, reset.json.error.reason], [410, 'filter']);
  }
});

test('the status of named servers is read; unknown, foreign and unnamed are alike', async () => {
  const { key } = await keyOf({ servers: [MINE] });
  const asked = await get(
    `/v1/status?servers=${MINE},${NOT_NAMED}&servers=${FOREIGN}&servers=${NOWHERE}`,
    key,
  );
  assert.is(asked.status, 200);
  const [state] = asked.json.servers;
  assert.is(asked.json.servers.length, 1);
  assert.equal([state.server_id, state.host_status, state.facts.forced_down], [MINE, 'DOWN', true]);
  for (const field of ['since', 'host_id', 'fence']) assert.ok(field in state, field);
  assert.equal(asked.json.unknown, [NOT_NAMED, FOREIGN, NOWHERE]);
  const own = await member.request('GET', `/v1/status?servers=${NOT_NAMED},${FOREIGN}`);
  assert.equal([own.json.servers[0].server_id, own.json.unknown], [NOT_NAMED, [FOREIGN]]);
  const all = await admin.request('GET', `/v1/status?servers=${FOREIGN}`);
  assert.is(all.json.servers[0].server_id, FOREIGN);
});

test('a status names what is wrong with the question, and is bounded', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `s${n}`).join(',');
  for (const [query, words] of [
    ['', /servers: must name 1 to 100/],
    ['?servers=,', /servers: must name 1 to 100/],
    [`?servers=${many(101)}`, /servers: names 101, and at most 100/],
    [`?servers=${'x'.repeat(65)}`, /not be longer than 64/],
  ] as const) {
    const refused = await member.request('GET', `/v1/status${query}`);
    assert.equal([refused.status, refused.json.error.code], [400, 'invalid']);
    assert.match(refused.json.error.message, words);
  }
  assert.is((await member.request('GET', `/v1/status?servers=${many(100)}`)).status, 200);
  assert.is((await member.request('POST', '/v1/status?servers=a')).status, 405);
});

test('a revoked key loses its connections, its poll and its tickets', async () => {
  const made = await keyOf({ servers: [MINE] });
  const client = await connect({ token: made.key });
  await serversOf(client);
  const { ticket } = (await request(`${server.url}/v1/tickets`, 'POST', made.key)).json;
  const byTicket = await connect({
    protocol: `ticket.${(await request(`${server.url}/v1/tickets`, 'POST', made.key)).json.ticket}`,
  });
  const { cursor } = (await get('/v1/changes', made.key)).json;
  const polled = get(`/v1/changes?after=${cursor}&wait=30`, made.key);
  await revoke(made);
  for (const each of [client, byTicket])
    assert.is((await within('the close', each.closed)).code, CLOSE.tokenExpired.code);
  assert.is((await within('the poll', polled)).status, 401);
  assert.is((await get(`/v1/status?servers=${MINE}`, made.key)).status, 401);
  const late = await connect({ protocol: `ticket.${ticket}` });
  assert.is((await within('the close', late.closed)).code, CLOSE.badToken.code);
  assert.is((await member.request('DELETE', `/v1/watch-keys/${made.id}`)).status, 404);
});

test('a key ends at its expiry, and one that has passed is refused', async () => {
  const { key } = await keyOf({ expires_at: new Date(Date.now() + 1_500).toISOString() });
  const client = await connect({ token: key });
  assert.is((await within('the close', client.closed)).code, CLOSE.tokenExpired.code);
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).status, 401);
  const past = await member.request('POST', '/v1/watch-keys', {
    name: 'x',
    expires_at: '2020-01-01T00:00:00Z',
  });
  assert.equal([past.status, past.json.error.field], [400, 'expires_at']);
});

test('the list says when a key was last used, and never shows it', async () => {
  const unused = await keyOf({ name: 'unused' });
  const used = await keyOf({ name: 'used', servers: [MINE, MINE.toUpperCase()] });
  await get(`/v1/status?servers=${MINE}`, used.key);
  const { json, status } = await member.request('GET', '/v1/watch-keys');
  assert.is(status, 200);
  const find = (id: string) => json.watch_keys.find((each: Made) => each.id === id);
  assert.is(find(unused.id).last_used_at, null);
  assert.ok(Date.parse(find(used.id).last_used_at) > Date.now() - 60_000);
  assert.equal(find(used.id).servers, [MINE]);
  assert.not.match(JSON.stringify(json), /hbw_|hash/);
  const stranger = await login(server.url, 'stranger', 'pw', 'other');
  assert.equal((await stranger.request('GET', '/v1/watch-keys')).json.watch_keys, []);
  assert.is((await stranger.request('DELETE', `/v1/watch-keys/${used.id}`)).status, 404);
  const page = (await member.request('GET', '/v1/watch-keys?limit=1')).json;
  assert.is(page.watch_keys.length, 1);
  assert.is(
    (await member.request('GET', `/v1/watch-keys?limit=1&marker=${page.next}`)).json.watch_keys.length,
    1,
  );
});

test('what is wrong with a wish is named, and makes no key', async () => {
  const before = (await member.request('GET', '/v1/watch-keys')).json.watch_keys.length;
  for (const [body, field] of [
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x', servers: [] }, 'servers'],
    [{ name: 'x', servers: ['s'.repeat(65)] }, 'servers[0]'],
    [{ name: 'x', servers: 'all' }, 'servers'],
    [{ name: 'x', servers: Array.from({ length: 1_001 }, (_, n) => `s${n}`) }, 'servers'],
    [{ name: 'x', expires_at: 'soon' }, 'expires_at'],
    [{ name: 'x', project_id: 'p-other' }, 'project_id'],
  ] as const) {
    const refused = await member.request('POST', '/v1/watch-keys', body);
    assert.equal([refused.status, refused.json.error.field], [400, field], JSON.stringify(body).slice(0, 80));
  }
  assert.is((await member.request('GET', '/v1/watch-keys')).json.watch_keys.length, before);
});

test('a key outlives its maker’s password, and that user', async () => {
  const users = (await admin.request('GET', '/identity/v3/users?name=member')).json.users;
  const { key } = await keyOf({ servers: [MINE] });
  const client = await connect({ token: key });
  await serversOf(client);
  const path = `/identity/v3/users/${users[0].id}`;
  assert.is((await admin.request('PATCH', path, { user: { password: 'new' } })).status, 200);
  assert.is((await member.request('GET', '/v1/watch-keys')).status, 401);
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).json.servers.length, 1);
  assert.equal(await serversOf(client, { id: 'again' }), [MINE], 'and its connection stays');
  client.ws.terminate();
  await admin.request('PATCH', path, { user: { password: 'pw' } });
  member = await login(server.url, 'member', 'pw', 'demo');
});

test('keys go with their project, and rest while it is disabled', async () => {
  const brief = await login(server.url, 'brief', 'pw', 'brief');
  const { key } = await keyOf({}, brief);
  const client = await connect({ token: key });
  await client.expect('welcome');
  const path = '/identity/v3/projects/p-brief';
  await admin.request('PATCH', path, { project: { enabled: false } });
  assert.is((await within('the close', client.closed)).code, CLOSE.tokenExpired.code);
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).status, 401);
  await admin.request('PATCH', path, { project: { enabled: true } });
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).status, 200);
  assert.is((await admin.request('DELETE', path)).status, 204);
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).status, 401);
  assert.equal((await admin.request('GET', '/v1/watch-keys?project_id=p-brief')).json.watch_keys, []);
});

test('a reader, and a restricted application credential, make and revoke none', async () => {
  const reader = await login(server.url, 'reader', 'pw', 'demo');
  assert.is((await reader.request('POST', '/v1/watch-keys', { name: 'x' })).status, 403);
  const { id: user } = (await admin.request('GET', '/identity/v3/users?name=member')).json.users[0];
  const path = `/identity/v3/users/${user}/application_credentials`;
  for (const [unrestricted, status] of [
    [false, 403],
    [true, 201],
  ] as const) {
    const name = `app-${unrestricted}`;
    const made = (await member.request('POST', path, { application_credential: { name, unrestricted } }))
      .json;
    const { id, secret } = made.application_credential;
    const answer = await fetch(`${server.url}/identity/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: { identity: { methods: ['application_credential'], application_credential: { id, secret } } },
      }),
    });
    await answer.body?.cancel();
    const token = answer.headers.get('x-subject-token') ?? '';
    const asked = await request(`${server.url}/v1/watch-keys`, 'POST', token, { name: 'x' });
    assert.is(asked.status, status, JSON.stringify(asked.json));
    if (status === 201) await revoke(asked.json);
  }
});

test('making and revoking are in the audit log, without the key', async () => {
  const made = await keyOf({ name: 'audited', servers: [MINE] });
  await revoke(made);
  const { json } = await admin.request('GET', `/v1/audit?subject=watch-key:${made.id}`);
  assert.equal(
    json.entries.map(({ action }: { action: string }) => action),
    ['watch_key.revoke', 'watch_key.create'],
  );
  assert.equal(json.entries[1].changes.name, [null, 'audited']);
  assert.equal(json.entries[1].changes.servers, [null, [MINE]]);
  assert.not.match(JSON.stringify(json), /hbw_/);
});

test('neither the database nor the log holds a key', async () => {
  const { key } = await keyOf({ name: 'secret' });
  await get(`/v1/status?servers=${MINE}`, key);
  await get(`/v1/status?servers=${MINE}&token=${key}`, 'wrong');
  if (process.env.HOSTBEAT_TEST_ENGINE === undefined) {
    for (const end of ['', '-wal']) {
      const file = await readFile(`${folder.path}/keys.db${end}`);
      assert.not(file.includes(key.slice(4)), `keys.db${end}`);
    }
  }
  assert.not.match(server.log(), key.slice(4));
});

test('guesses are slowed by address, and a good key is not', async () => {
  const { key } = await keyOf({ name: 'good' });
  const from = { 'x-forwarded-for': '192.0.2.7' };
  const guess = (n: number) => get(STATUS, `hbw_${String(n).padStart(43, 'A')}`, from);
  for (let n = 0; n < 20; n++) assert.is((await guess(n)).status, 401);
  const slowed = guess(20).then(({ status }) => `guess ${status}`);
  const good = get(STATUS, key, from).then(({ status }) => `good ${status}`);
  assert.is(await Promise.race([slowed, good]), 'good 200');
  assert.is(await slowed, 'guess 401');
});

test('a key is no token of a service that asks for others', async () => {
  const { key } = await keyOf({ name: 'service' });
  const asked = await get('/v2.1/servers', member.token, { 'x-service-token': key });
  assert.is(asked.status, 401);
});

test('a project has as many keys as the setting says, which the refusal names', async () => {
  const { json } = await member.request('GET', '/v1/watch-keys');
  for (let n = json.watch_keys.length; n < 20; n++) await keyOf({ name: `fill ${n}` });
  const answers: number[] = [];
  let last: { code: string; message: string } | undefined;
  for (let n = 0; n < 4; n++) {
    const more = await member.request('POST', '/v1/watch-keys', { name: 'one more' });
    answers.push(more.status);
    last = more.json.error;
  }
  // An expired one gave its place to the first.
  assert.is(answers.at(-1), 409);
  assert.match(last?.message ?? '', /limit of 20 watch keys \(HOSTBEAT_MAX_WATCH_KEYS_PER_PROJECT\)/);
  for (const each of (await member.request('GET', '/v1/watch-keys')).json.watch_keys) await revoke(each);
  await keyOf({ name: 'again' });
});

test('the command makes, lists and revokes keys', async () => {
  const env = { HOSTBEAT_TOKEN: member.token, HOSTBEAT_URL: server.url };
  const made = await runHostbeat(
    ['key', 'add', '--name', 'by hand', '--server', MINE, '--expires', '90d'],
    env,
  );
  assert.is(made.code, 0, made.stderr);
  assert.match(made.stdout, /^hbw_[\w-]{43}\n$/, 'nothing but the key on standard output');
  assert.match(made.stderr, server.url);
  const key = made.stdout.trim();
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).json.servers.length, 1);
  const listed = await runHostbeat(['key', 'list', '--json'], env);
  const own = JSON.parse(listed.stdout).find(({ name }: { name: string }) => name === 'by hand');
  assert.equal(own.servers, [MINE]);
  assert.ok(Date.parse(own.expires_at) > Date.now() + 89 * 86_400_000);
  assert.match((await runHostbeat(['key', 'list'], env)).stdout, /LAST USED\n/);
  assert.is((await runHostbeat(['key', 'revoke', own.id], env)).code, 0);
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).status, 401);
  const again = await runHostbeat(['key', 'revoke', own.id], env);
  assert.is.not(again.code, 0);
  assert.match(again.stderr, /there is no key ".*"; "hostbeat key list" shows/);
  const refused = await runHostbeat(['key', 'add', '--name', 'x', '--expires', 'soon'], env);
  assert.match(refused.stderr, /--expires/);
});

test.run();
