/** What ends a watch key, and what does not. */
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { login, request } from '../../support/http.ts';
import { within } from '../../support/within.ts';
import {
  admin,
  connect,
  get,
  keyOf,
  loginMember,
  MINE,
  member,
  revoke,
  STATUS,
  server,
  serversOf,
  watchKeySuite,
} from './world.ts';

const test = watchKeySuite('what ends a watch key');

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
  await loginMember();
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

test('a key does not count as an X-Service-Token', async () => {
  const { key } = await keyOf({ name: 'service' });
  const asked = await get('/v2.1/servers', member.token, { 'x-service-token': key });
  assert.is(asked.status, 401);
});

test.run();
