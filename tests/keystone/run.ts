/**
 * hostbeat beside a real Keystone: users log in there and are known here; what Keystone takes away is gone here within
 * the bound. Needs `keystone-manage` and `openstack` on the PATH: apt-get install python3-keystone
 * python3-openstackclient
 */
import '../../server/runtime/supported.mjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import { SUBPROTOCOL } from '../../client-sdk/protocol/version.ts';
import { openstackEnv } from '../clients/environment.ts';
import { Peer } from '../support/clients/peer.ts';
import { type Answer, request } from '../support/http.ts';
import { runCommand, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { until, within } from '../support/within.ts';
import { ADMIN_PASSWORD, type Keystone, onProject, startKeystone } from './keystone.ts';

/** Within it every revocation is seen. */
const BOUND_S = 3;
const SERVER = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';

const folder = await temporaryFolder();
let keystone: Keystone;
let hostbeat: ServerProcess;
let admin: string;
const ids = { alice: '', demo: '', own: '', service: '', serviceRole: '', readerRole: '' };

const test = suite('beside a real Keystone');

async function setUp(): Promise<void> {
  keystone = await startKeystone();
  await makeAccounts();
  hostbeat = await startServer({
    HOSTBEAT_AUTH: 'keystone',
    HOSTBEAT_KEYSTONE_URL: keystone.url,
    HOSTBEAT_KEYSTONE_PASSWORD: 'hostbeatpw',
    HOSTBEAT_AUTH_CACHE_TIME: `${BOUND_S}`,
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/hostbeat.db`,
  });
  await inCatalog('compute', '/v2.1');
  // Older clients insist on one; hostbeat has an empty one for them.
  await inCatalog('image', '/image');
  admin = await keystone.logIn('admin', ADMIN_PASSWORD, onProject('admin'));
  await ours('POST', '/v1/reports', { reports: [{ host: 'c1', binary: 'nova-compute' }] });
  await ours('PUT', `/v1/instances/${SERVER}`, { project_id: ids.demo, name: 'srv-1', host: 'c1' });
}

async function tearDown(): Promise<void> {
  await hostbeat?.[Symbol.asyncDispose]();
  await keystone?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
}

/** Alice, a member in project demo, and hostbeat's own user with the role service. */
async function makeAccounts(): Promise<void> {
  ids.service = await made('/projects', 'project', { name: 'service', domain_id: 'default' });
  ids.demo = await made('/projects', 'project', { name: 'demo', domain_id: 'default' });
  ids.own = await made('/users', 'user', { name: 'hostbeat', password: 'hostbeatpw', domain_id: 'default' });
  ids.alice = await made('/users', 'user', { name: 'alice', password: 'alicepw', domain_id: 'default' });
  ids.serviceRole = await made('/roles', 'role', { name: 'service' });
  const { roles } = (await keystone.request('GET', '/roles')).json as {
    roles: { id: string; name: string }[];
  };
  const role = (wanted: string) => roles.find(({ name }) => name === wanted)?.id ?? '';
  ids.readerRole = role('reader');
  await keystone.request('PUT', `/projects/${ids.demo}/users/${ids.alice}/roles/${role('member')}`);
  await keystone.request('PUT', `/projects/${ids.service}/users/${ids.own}/roles/${ids.serviceRole}`);
}

async function inCatalog(type: string, path: string): Promise<void> {
  const id = await made('/services', 'service', { type, name: 'hostbeat' });
  const url = hostbeat.url + path;
  await made('/endpoints', 'endpoint', { service_id: id, interface: 'public', region_id: 'RegionOne', url });
}

async function made(path: string, kind: string, fields: Record<string, unknown>): Promise<string> {
  const { status, json } = await keystone.request('POST', path, { [kind]: fields });
  assert.is(status, 201, JSON.stringify(json));
  return json[kind].id;
}

async function ours(method: string, path: string, body: unknown): Promise<Answer> {
  const answer = await request(hostbeat.url + path, method, admin, body);
  assert.ok(answer.status < 300, `${path}: ${answer.status} ${JSON.stringify(answer.json)}`);
  return answer;
}

const get = (path: string, token: string) => request(hostbeat.url + path, 'GET', token);
const aliceLogsIn = () => keystone.logIn('alice', 'alicepw', onProject('demo'));

/** Asks until the answer has that status. */
async function becomes(status: number, path: string, token: string): Promise<void> {
  await until(`${status} at ${path}`, async () => (await get(path, token)).status === status);
}

test('openstack logs in at Keystone, finds hostbeat, and sees its server’s host', async () => {
  const args = ['server', 'list', '--long', '--os-compute-api-version', '2.16', '-f', 'json'];
  const env = openstackEnv(keystone.url, 'alice', 'alicepw', 'demo');
  const { code, stdout, stderr } = await runCommand('openstack', args, env);
  assert.is(code, 0, stderr);
  const [server] = JSON.parse(stdout);
  assert.equal([server.Name, server['Host Status']], ['srv-1', 'UP']);
});

test('roles of Keystone decide what is allowed', async () => {
  const alice = await aliceLogsIn();
  assert.is((await get('/v2.1/servers', alice)).status, 200);
  assert.is((await get('/v2.1/os-services', alice)).status, 403);
  assert.is((await get('/v2.1/os-services', admin)).status, 200);
});

test('an administrator of the system or a domain is no administrator of the cloud', async () => {
  const scope = { system: { all: true } };
  const system = await keystone.logIn('admin', ADMIN_PASSWORD, scope);
  assert.is((await get('/v2.1/os-services', system)).status, 403);
});

test('an invalid token is answered with where to get one, and /identity says it too', async () => {
  const refused = await get('/v2.1/servers', 'gAAAAABnothing');
  assert.is(refused.status, 401);
  assert.is(refused.headers.get('www-authenticate'), `Keystone uri="${keystone.url}"`);
  const identity = await get('/identity/v3', admin);
  assert.is(identity.status, 404);
  assert.match(identity.json.error.message, keystone.url);
});

test('an application credential is as good as its user, or as its access rules say', async () => {
  const alice = await aliceLogsIn();
  const path = `${keystone.url}/users/${ids.alice}/application_credentials`;
  const make = async (fields: Record<string, unknown>) => {
    const answer = await request(path, 'POST', alice, { application_credential: fields });
    assert.is(answer.status, 201, JSON.stringify(answer.json));
    return answer.json.application_credential as { id: string; secret: string };
  };
  const plain = await make({ name: 'plain', secret: 's' });
  const token = await keystone.logInBy({ id: plain.id, secret: 's' });
  assert.is((await get('/v2.1/servers', token)).status, 200);
  const rules = [{ service: 'compute', method: 'GET', path: '/v2.1/servers' }];
  const narrow = await make({ name: 'narrow', secret: 's', access_rules: rules });
  const ruled = await keystone.logInBy({ id: narrow.id, secret: 's' });
  assert.is((await get('/v2.1/servers', ruled)).status, 200);
  assert.is((await get('/v2.1/servers/detail', ruled)).status, 401);
  assert.is((await get('/v1/changes', ruled)).status, 401);
  await request(`${path}/${plain.id}`, 'DELETE', alice);
  await becomes(401, '/v2.1/servers', token);
});

test('a live socket ends within the bound when its token is revoked; others stay', async () => {
  const [gone, stays] = [await aliceLogsIn(), await aliceLogsIn()];
  const [first, second] = await Promise.all([connect(gone), connect(stays)]);
  await keystone.revoke(gone);
  const closed = await within('the close', first.closed);
  assert.is(closed.code, CLOSE.tokenExpired.code);
  assert.is(second.ws.readyState, second.ws.OPEN);
  assert.is((await get('/v2.1/servers', gone)).status, 401);
  second.ws.close();
});

test('while Keystone refuses us, callers get 503 and not 401, until it is fixed', async () => {
  const alice = await aliceLogsIn();
  const role = `/projects/${ids.service}/users/${ids.own}/roles/${ids.serviceRole}`;
  const reader = role.replace(ids.serviceRole, ids.readerRole);
  await keystone.request('PUT', reader);
  await keystone.request('DELETE', role);
  await becomes(503, '/v2.1/servers', alice);
  await keystone.request('PUT', role);
  await becomes(200, '/v2.1/servers', alice);
});

test('without Keystone sockets stay, agents report, watch keys work, the rest is 503', async () => {
  const agent = (await ours('POST', '/v1/agent-tokens', { label: 'c1', hosts: ['c1'] })).json.token;
  const peer = await connect(await aliceLogsIn());
  const unknown = await aliceLogsIn();
  const { key } = (
    await request(`${hostbeat.url}/v1/watch-keys`, 'POST', await aliceLogsIn(), { name: 'vm' })
  ).json;
  await keystone.kill();
  const watching = await connect(key);
  const answer = await get('/v2.1/servers', unknown);
  assert.is(answer.status, 503);
  assert.ok(answer.headers.get('retry-after'));
  const reports = { reports: [{ host: 'c1', binary: 'nova-compute' }] };
  assert.is((await request(`${hostbeat.url}/v1/reports`, 'POST', agent, reports)).status, 200);
  await new Promise((then) => setTimeout(then, BOUND_S * 1_000 * 1.5));
  for (const { ws } of [peer, watching]) assert.is(ws.readyState, ws.OPEN);
  assert.is((await get('/v1/changes', key)).status, 200, 'a watch key comes in meanwhile');
  watching.ws.close();
  await keystone.start();
  await becomes(200, '/v2.1/servers', unknown);
  peer.ws.close();
});

function connect(token: string): Promise<Peer> {
  const headers = { 'x-auth-token': token };
  return new Peer(`${hostbeat.url}/v1/stream`, { protocols: [SUBPROTOCOL], headers }).open();
}

// Not in a hook, whose failures are not reported.
await setUp().catch(async (error: unknown) => {
  await tearDown();
  throw error;
});
test.after(tearDown);
test.run();
