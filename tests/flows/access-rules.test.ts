/** Application credentials with access rules at a whole server: their tokens open what the rules name, and nothing else. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import { login, request, type Session } from '../support/http.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { StreamClient } from '../support/stream-world.ts';
import { within } from '../support/within.ts';

const SERVER = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';

const test = suite('access rules at a server');
const folder = await temporaryFolder();
let server: ServerProcess;
let member: Session;
let user: string;

test.before(async () => {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/rules.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
  });
  const admin = await login(server.url, 'admin', 'pw', 'admin');
  const seeded = await admin.request('POST', '/v1/seed', {
    projects: [{ id: 'p-demo', name: 'demo' }],
    users: [{ name: 'member', password: 'pw', roles: [{ project: 'demo', role: 'member' }] }],
    services: [{ host: 'c1', binary: 'nova-compute' }],
    instances: [{ id: SERVER, name: 'vm', project_id: 'p-demo', host: 'c1' }],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
  member = await login(server.url, 'member', 'pw', 'demo');
  user = (await admin.request('GET', '/identity/v3/users?name=member')).json.users[0].id;
});
test.after(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

let made = 0;

async function credentialOf(access_rules: unknown, more: object = {}) {
  return member.request('POST', `/identity/v3/users/${user}/application_credentials`, {
    application_credential: { name: `app-${++made}`, access_rules, ...more },
  });
}

async function logIn(auth: object): Promise<string> {
  const answer = await fetch(`${server.url}/identity/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity: auth } }),
  });
  assert.is(answer.status, 201, await answer.clone().text());
  await answer.body?.cancel();
  return answer.headers.get('x-subject-token') as string;
}

async function tokenWith(
  rules: readonly (readonly [string, string, string])[],
  more: object = {},
): Promise<string> {
  const wanted = rules.map(([service, method, path]) => ({ service, method, path }));
  const { status, json } = await credentialOf(wanted, more);
  assert.is(status, 201, JSON.stringify(json));
  const { id, secret } = json.application_credential;
  return logIn({ methods: ['application_credential'], application_credential: { id, secret } });
}

const statusOf = async (token: string, method: string, path: string, body?: unknown) =>
  (await request(server.url + path, method, token, body)).status;

test('a rule opens its method and path, and no other', async () => {
  const token = await tokenWith([
    ['compute', 'GET', '/v2.1/servers/*'],
    ['compute', 'GET', '/v1/status'],
    ['network', 'GET', '/v2.1/servers'],
  ]);
  assert.is(await statusOf(token, 'GET', `/v2.1/servers/${SERVER}`), 200);
  assert.is(await statusOf(token, 'GET', `/v2.1/servers/${SERVER}?x=/v2.1`), 200);
  assert.is(await statusOf(token, 'GET', `/v1/status?servers=${SERVER}`), 200);
  for (const [method, path] of [
    ['DELETE', `/v2.1/servers/${SERVER}`],
    ['GET', '/v2.1/servers'],
    ['GET', `/v2.1/servers/${SERVER}/metadata`],
    ['GET', `/v2.1/servers/${SERVER}%2Fmetadata`],
    ['GET', `/v2.1/servers/x/../../../v1/history?server=${SERVER}`],
    ['GET', `/v2/servers/${SERVER}`],
    ['GET', `/v2.1//servers/${SERVER}`],
    ['GET', '/v1/changes'],
    ['GET', '/v1/events'],
    ['GET', `/v1/history?server=${SERVER}`],
    ['GET', '/v1/webhooks'],
    ['POST', '/v1/tickets'],
    ['POST', '/v1/watch-keys'],
    ['POST', '/v1/reports'],
    ['GET', '/image/v2/images'],
  ] as const)
    assert.is(
      await statusOf(token, method, path, method === 'GET' ? undefined : {}),
      401,
      `${method} ${path}`,
    );
});

test('a stream needs a rule for it, by every way in', async () => {
  const [open, shut] = [
    await tokenWith([
      ['hostbeat', 'GET', '/v1/stream'],
      ['hostbeat', 'POST', '/v1/tickets'],
    ]),
    await tokenWith([['hostbeat', 'POST', '/v1/tickets']]),
  ];
  for (const [token, isOpen] of [
    [open, true],
    [shut, false],
  ] as const) {
    const ticket = (await request(`${server.url}/v1/tickets`, 'POST', token)).json.ticket;
    for (const protocol of [
      `bearer.${Buffer.from(token).toString('base64url')}`,
      `ticket.${ticket}`,
      undefined,
    ]) {
      const client = await new StreamClient(`${server.url}/v1/stream`, {
        protocols: ['hostbeat.v1', ...(protocol === undefined ? [] : [protocol])],
      }).open();
      if (protocol === undefined) client.say({ type: 'hello', token });
      if (isOpen) await client.expect('welcome');
      else
        assert.is((await within('the close', client.closed)).code, CLOSE.badToken.code, protocol ?? 'hello');
      client.ws.terminate();
    }
  }
  const header = await fetch(`${server.url}/v1/changes`, { headers: { 'x-auth-token': open } });
  assert.is(header.status, 401);
});

test('a token that was had with the token keeps its rules', async () => {
  const token = await tokenWith([['compute', 'GET', '/v2.1/servers']]);
  const next = await logIn({ methods: ['token'], token: { id: token } });
  assert.is(await statusOf(next, 'GET', '/v2.1/servers'), 200);
  assert.is(await statusOf(next, 'GET', '/v2.1/servers/detail'), 401);
});

test('the identity API opens by rules for it alone', async () => {
  const path = `/v3/users/${user}/application_credentials`;
  const token = await tokenWith(
    [
      ['identity', 'GET', path],
      ['compute', 'GET', '/**'],
    ],
    { unrestricted: true },
  );
  assert.is(await statusOf(token, 'GET', `/identity${path}`), 200);
  assert.is(
    await statusOf(token, 'POST', `/identity${path}`, { application_credential: { name: 'x' } }),
    401,
  );
  assert.is(await statusOf(token, 'GET', '/identity/v3/auth/projects'), 401);
});

test('rules are shown with their credential and its tokens, and reused by id', async () => {
  const rule = { service: 'compute', method: 'GET', path: '/v2.1/servers' };
  const { json } = await credentialOf([rule]);
  const { id, secret, access_rules } = json.application_credential;
  assert.equal({ ...access_rules[0], id: '' }, { id: '', ...rule });
  const path = `/identity/v3/users/${user}/application_credentials`;
  assert.equal(
    (await member.request('GET', `${path}/${id}`)).json.application_credential.access_rules,
    access_rules,
  );
  const again = (await credentialOf([{ id: access_rules[0].id }])).json.application_credential;
  assert.equal(again.access_rules, access_rules);
  assert.is((await credentialOf([{ id: 'nowhere' }])).status, 404);
  const token = await logIn({ methods: ['application_credential'], application_credential: { id, secret } });
  const shown = (headers: Record<string, string>) =>
    fetch(`${server.url}/identity/v3/auth/tokens`, {
      headers: { 'x-auth-token': member.token, 'x-subject-token': token, ...headers },
    });
  const known = await shown({ 'openstack-identity-access-rules': '1.0' });
  const { token: document } = (await known.json()) as { token: { application_credential: unknown } };
  assert.equal((document.application_credential as { access_rules: unknown }).access_rules, access_rules);
  assert.is((await shown({})).status, 404, 'a service that knows no rules is not shown the token');
});

test('an error in a rule is named', async () => {
  const rule = { service: 'compute', method: 'GET', path: '/v2.1/servers' };
  for (const [rules, words] of [
    ['all', /access_rules/],
    [[{ ...rule, method: 'get' }], /access_rules/],
    [[{ ...rule, path: 'v2.1' }], /access_rules/],
    [[{ service: 'compute', method: 'GET' }], /access_rules/],
    [[{ ...rule, more: 1 }], /access_rules/],
    [Array.from({ length: 65 }, () => rule), /at most 64/],
  ] as const) {
    const refused = await credentialOf(rules);
    assert.is(refused.status, 400, JSON.stringify(rules).slice(0, 60));
    assert.match(refused.json.error.message, words);
  }
});

test.run();
