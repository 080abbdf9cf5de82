/** What a watch key opens at a whole server, by every way in. */
import * as assert from 'uvu/assert';
import { SseReader } from '../../support/clients/sse-reader.ts';
import { request } from '../../support/http.ts';
import { within } from '../../support/within.ts';
import {
  admin,
  connect,
  FOREIGN,
  get,
  keyOf,
  MINE,
  member,
  NOT_NAMED,
  NOWHERE,
  server,
  serversOf,
  watchKeySuite,
} from './world.ts';

const test = watchKeySuite('what a watch key opens');

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

test.run();
