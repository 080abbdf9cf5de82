/** What the page does with a session, without a browser: `npm run test:browser` tries the page itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SERVERS } from '../../server/dashboard/page/columns.ts';
import { logIn, logOut } from '../../server/dashboard/page/login.ts';
import { pastOf } from '../../server/dashboard/page/past.ts';
import { whyOf } from '../../server/dashboard/page/why.ts';
import { login, request } from '../support/http.ts';
import { startServer } from '../support/process.ts';

const VM = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const SERVICE = '7b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const V2_53 = { 'openstack-api-version': 'compute 2.53' };

const test = suite('sessions of the dashboard');
const server = await startServer({
  HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
  HOSTBEAT_ADMIN_PASSWORD: 'pw',
  // Nobody reports, however long it takes.
  HOSTBEAT_SERVICE_DOWN_TIME: '3600',
});
const admin = await login(server.url, 'admin', 'pw', 'admin');
await admin.request('POST', '/v1/seed', {
  projects: [{ id: 'p', name: 'p' }],
  users: [{ name: 'owner', password: 'pw', roles: [{ project: 'p', role: 'member' }] }],
  services: [{ uuid: SERVICE, host: 'c1' }],
  instances: [{ id: VM, name: 'web', project_id: 'p', host: 'c1' }],
});
test.after(async () => void (await server.stop()));

const credentials = { user: 'owner', password: 'pw', project: 'p', domain: 'Default' };
const status = async (token: string) =>
  (await request(`${server.url}/v1/status?servers=${VM}`, 'GET', token)).status;

test('logging out ends the token, and no other of the user', async () => {
  const [one, other] = [await logIn(server.url, credentials), await logIn(server.url, credentials)];
  assert.equal([await status(one.token), await status(other.token)], [200, 200]);
  await logOut(server.url, one.token);
  assert.equal([await status(one.token), await status(other.token)], [401, 200]);
});

test('changes from before the page was opened are there at once, newest first', async () => {
  for (const forced_down of [true, false])
    await admin.request('PUT', `/v2.1/os-services/${SERVICE}`, { forced_down }, V2_53);
  const { token } = await logIn(server.url, credentials);
  const past = await pastOf(server.url, token)([VM]);
  assert.match(past[0]?.sentence ?? '', /web: .*DOWN.*UP/);
  assert.match(past[1]?.sentence ?? '', /web: .*UP.*DOWN/);
});

test("a row is explained in words, and another owner's is refused in words", async () => {
  await admin.request('PUT', `/v2.1/os-services/${SERVICE}`, { forced_down: true }, V2_53);
  const { token } = await logIn(server.url, credentials);
  const why = whyOf(server.url, token);
  assert.match(await why(SERVERS.explanation({ server_id: VM } as never)), /^Its host was declared down at /);
  assert.match(await why(SERVERS.explanation({ server_id: SERVICE } as never)), /^There is no server /);
});

test.run();
