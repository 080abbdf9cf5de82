import { Hono } from 'hono';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Origin } from '../../../server/config/base-url.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import type { Authenticator } from '../../../server/identity/identity.ts';
import { authenticated, type Env, identify } from '../../../server/identity/middleware.ts';
import { LivePolicy } from '../../../server/identity/policy/live-policy.ts';
import { readPolicy } from '../../../server/identity/policy/policy-file.ts';
import { createNotHereApp } from '../../../server/identity/remote/not-here.ts';
import { createAgentTokensApp } from '../../../server/identity/tokens/agent-tokens.ts';
import {
  createTicketsApp,
  MAX_TICKETS,
  TICKET_LIFETIME_MS,
  Tickets,
} from '../../../server/identity/tokens/tickets.ts';
import { FakeClock } from '../../support/clock.ts';
import { anIdentity } from '../../support/identity.ts';
import { BASE, onProject, openWorld } from '../world.ts';

const test = suite('identity endpoints');

const alice = anIdentity({ userId: 'u-alice', userName: 'alice', projectId: 'p-demo', projectName: 'demo' });
const good: Authenticator = {
  authenticate: async ({ token }) => (token === 'good' ? alice : undefined),
  onRevoked: () => () => {},
};
const unreachable: Authenticator = {
  ...good,
  authenticate: async () => {
    throw new DomainError('unavailable', 'keystone does not answer at http://secret.internal');
  },
};

function app(authenticator: Authenticator, api: 'nova' | 'v1') {
  return new Hono<Env>()
    .use(authenticated(authenticator, { api, baseUrl: () => BASE }))
    .get('/', (c) => c.text(c.var.identity.userName));
}
const get = (authenticator: Authenticator, api: 'nova' | 'v1', headers: Record<string, string> = {}) =>
  app(authenticator, api).request('/', { headers });

test('a good token gets in, and the handler knows who it is', async () => {
  for (const [api, headers] of [
    ['nova', { 'X-Auth-Token': 'good' }],
    ['v1', { 'X-Auth-Token': 'good' }],
    ['v1', { Authorization: 'bearer good' }],
  ] as const) {
    assert.is(await (await get(good, api, headers)).text(), 'alice');
  }
});

test('a bad X-Service-Token is 401, whatever the user’s token', async () => {
  for (const api of ['nova', 'v1'] as const) {
    const both = (service: string) => ({ 'X-Auth-Token': 'good', 'X-Service-Token': service });
    assert.is((await get(good, api, both('good'))).status, 200);
    for (const service of ['bad', '']) assert.is((await get(good, api, both(service))).status, 401);
  }
});

test('a token that is too long is 400, names its header and is asked about nowhere', async () => {
  let asked = 0;
  const counting = { ...good, authenticate: async () => void asked++ } as unknown as Authenticator;
  const long = 'x'.repeat(513);
  for (const [api, headers, name] of [
    ['nova', { 'X-Auth-Token': long }, /X-Auth-Token/],
    ['v1', { Authorization: `Bearer ${long}` }, /Authorization/],
    ['v1', { 'X-Auth-Token': 'good', 'X-Service-Token': long }, /X-Service-Token/],
  ] as const) {
    const response = await get(counting, api, headers);
    assert.is(response.status, 400);
    assert.match(await response.text(), name);
  }
  assert.is(asked, 0);
});

test('a rule may ask who asks on the user’s behalf', async () => {
  const nova = anIdentity({ userId: 'u-nova', roles: ['service'] });
  const both: Authenticator = {
    ...good,
    authenticate: async (credential) => (credential.token === 'svc' ? nova : good.authenticate(credential)),
  };
  const rules = { 'os_compute_api:servers:detail': 'service_roles:service' };
  const policy = new LivePolicy(readPolicy(JSON.stringify(rules), 'policy.yaml'));
  const ask = async (headers: Record<string, string>) => {
    const found = await identify(new Request(BASE, { headers }), both);
    return 'status' in found ? found.status : policy.allows('os_compute_api:servers:detail', found);
  };
  assert.is(await ask({ 'X-Auth-Token': 'good' }), false);
  assert.is(await ask({ 'X-Auth-Token': 'good', 'X-Service-Token': 'svc' }), true);
  assert.is(await ask({ 'X-Auth-Token': 'good', 'X-Service-Token': 'good' }), false);
  assert.is(await ask({ 'X-Auth-Token': 'good', 'X-Service-Token': 'bad' }), 401);
});

test('Nova’s API refuses in the words of Keystone’s filter', async () => {
  for (const headers of [{}, { 'X-Auth-Token': 'bad' }, { Authorization: 'Bearer good' }]) {
    const response = await get(good, 'nova', headers);
    assert.is(response.status, 401);
    assert.is(response.headers.get('www-authenticate'), `Keystone uri="${BASE}/identity"`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    assert.equal([error.code, error.title, typeof error.message], [401, 'Unauthorized', 'string']);
  }
});

test('where users are known elsewhere, a refusal and /identity say where', async () => {
  const challenge = 'Keystone uri="https://keystone.example/v3"';
  for (const api of ['nova', 'v1'] as const) {
    const response = await get({ ...good, challenge }, api, { 'X-Auth-Token': 'bad' });
    assert.equal([response.status, response.headers.get('www-authenticate')], [401, challenge]);
  }
  const elsewhere = createNotHereApp('the Keystone at https://keystone.example/v3');
  for (const [method, path] of [
    ['GET', '/identity'],
    ['POST', '/identity/v3/auth/tokens'],
  ] as const) {
    const response = await elsewhere.request(path, { method });
    assert.is(response.status, 404);
    const { error } = (await response.json()) as { error: { code: number; message: string } };
    assert.is(error.code, 404);
    assert.match(error.message, 'https://keystone.example/v3');
  }
});

test('our own API refuses in our own words, and never repeats a token', async () => {
  const missing = await get(good, 'v1');
  assert.is(missing.status, 401);
  const { error } = (await missing.json()) as { error: { code: string; message: string } };
  assert.is(error.code, 'unauthorized');
  assert.match(error.message, 'X-Auth-Token');
  const bad = await get(good, 'v1', { 'X-Auth-Token': 'hbt_bad' });
  assert.not.match(await bad.text(), 'hbt_bad');
});

test('while identity cannot be asked the answer is 503, not 401', async () => {
  for (const api of ['nova', 'v1'] as const) {
    const response = await get(unreachable, api, { 'X-Auth-Token': 'good' });
    assert.is(response.status, 503);
    assert.ok(response.headers.get('retry-after'));
    assert.not.match(await response.text(), 'secret.internal');
  }
});

test('a ticket opens once, within half a minute', () => {
  const clock = new FakeClock();
  const tickets = new Tickets(clock);
  const { ticket } = tickets.issue(alice);
  assert.is(tickets.redeem(ticket), alice);
  assert.is(tickets.redeem(ticket), undefined);
  const late = tickets.issue(alice).ticket;
  clock.advance(TICKET_LIFETIME_MS);
  assert.is(tickets.redeem(late), undefined);
  const short = tickets.issue({ ...alice, expiresAt: clock.now() + 5 }).ticket;
  clock.advance(5);
  assert.is(tickets.redeem(short), undefined, 'no longer than the token');
  assert.is(tickets.redeem('hbk_nonsense'), undefined);
});

test('tickets end with what they were issued for, and there are never too many', () => {
  const tickets = new Tickets(new FakeClock());
  const { ticket } = tickets.issue(alice);
  const bob = tickets.issue({ ...alice, userId: 'u-bob' }).ticket;
  tickets.revoke({ userId: 'u-alice', projectId: 'p-demo' });
  assert.is(tickets.redeem(ticket), undefined);
  for (let count = 0; count < MAX_TICKETS; count++) tickets.issue({ ...alice, userId: `u-${count}` });
  assert.is(tickets.redeem(bob), undefined, 'the oldest made space');
});

test('a user who fetches too many tickets loses its own oldest ones, and no others', () => {
  const tickets = new Tickets(new FakeClock());
  const bob = tickets.issue({ ...alice, userId: 'u-bob' }).ticket;
  const first = tickets.issue(alice).ticket;
  for (let count = 0; count < 3 * MAX_TICKETS; count++) tickets.issue(alice);
  const last = tickets.issue(alice).ticket;
  assert.is(tickets.redeem(first), undefined);
  assert.is(tickets.redeem(last), alice);
  assert.ok(tickets.redeem(bob));
});

test('POST /v1/tickets gives one to any valid token', async () => {
  const tickets = new Tickets(new FakeClock());
  const endpoints = new Hono().route('/', createTicketsApp(tickets, good));
  assert.is((await endpoints.request('/v1/tickets', { method: 'POST' })).status, 401);
  const response = await endpoints.request('/v1/tickets', {
    method: 'POST',
    headers: { Authorization: 'Bearer good' },
  });
  assert.is(response.status, 201);
  assert.is(response.headers.get('cache-control'), 'no-store');
  const { ticket, expires_at } = (await response.json()) as Record<string, string>;
  assert.is(expires_at, '2026-01-01T00:00:30.000Z');
  assert.is(tickets.redeem(ticket ?? ''), alice);
});

test('an administrator issues, lists and ends agent tokens; nobody else does', async () => {
  const world = await openWorld();
  try {
    const endpoints = new Hono().route('/', createAgentTokensApp(world.identity));
    endpoints.onError((error, c) =>
      c.json({ code: error instanceof DomainError ? error.code : 'internal' }, 400),
    );
    const ask = (token: string, method: string, path = '', body?: unknown) =>
      endpoints.request(`/v1/agent-tokens${path}`, {
        method,
        headers: { 'X-Auth-Token': token },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const admin = (await world.logIn('admin', 'adminpw')).token;
    const made = await ask(admin, 'POST', '', { label: 'rack 1', hosts: ['c1'] });
    assert.is(made.status, 201);
    assert.is(made.headers.get('cache-control'), 'no-store');
    const { id, token } = (await made.json()) as { id: string; token: string };
    assert.equal((await world.identity.authenticator.authenticate({ token }))?.hosts, ['c1']);
    const listed = await (await ask(admin, 'GET')).text();
    assert.match(listed, 'rack 1');
    assert.not.match(listed, token);
    assert.is((await ask(admin, 'DELETE', `/${id}`)).status, 204);
    assert.is(await world.identity.authenticator.authenticate({ token }), undefined);
    assert.equal(await (await ask(admin, 'DELETE', `/${id}`)).json(), { code: 'not_found' });
    for (const bad of [
      {},
      { label: 'x', hosts: [] },
      { label: 'x', hosts: ['a b'] },
      { label: 'x', hosts: ['c1'], extra: 1 },
    ]) {
      assert.equal(await (await ask(admin, 'POST', '', bad)).json(), { code: 'invalid' });
    }
    const alices = (await world.logIn('alice', 'alicepw', onProject('demo'))).token;
    assert.equal(await (await ask(alices, 'GET')).json(), { code: 'forbidden' });
  } finally {
    await world.close();
  }
});

const forwarded = {
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'public.example',
  'X-Forwarded-For': '203.0.113.9, 10.0.0.2',
};
function arriving(
  origin: Origin,
  peer: string | undefined,
  headers: Record<string, string> = forwarded,
): Request {
  const request = new Request('http://hostbeat.test:8774/v2.1/', { headers });
  origin.arrived(request, peer);
  return request;
}

test('forwarded headers count only from trusted proxies', () => {
  const origin = new Origin({ trustedProxies: ['10.0.0.0/8', '::1'] });
  for (const proxy of ['10.1.2.3', '::1', '::ffff:10.1.2.3']) {
    assert.is(origin.baseUrl(arriving(origin, proxy)), 'https://public.example', proxy);
    assert.is(origin.clientAddress(arriving(origin, proxy)), '203.0.113.9');
  }
  for (const stranger of ['203.0.113.1', undefined]) {
    assert.is(origin.baseUrl(arriving(origin, stranger)), BASE);
    assert.is(origin.clientAddress(arriving(origin, stranger)), stranger);
  }
});

test('a stranger cannot write itself another address through a proxy', () => {
  const origin = new Origin({ trustedProxies: ['10.0.0.0/8'] });
  const lying = arriving(origin, '10.0.0.1', { 'X-Forwarded-For': '198.51.100.1, 203.0.113.9' });
  assert.is(origin.clientAddress(lying), '203.0.113.9');
  const nonsense = arriving(origin, '10.0.0.1', { 'X-Forwarded-Host': 'a b"><', 'X-Forwarded-Proto': 'ftp' });
  assert.is(origin.baseUrl(nonsense), BASE);
});

test('the public URL wins over all of it, and an unreadable proxy is named', () => {
  const origin = new Origin({ publicUrl: 'https://cloud.example/beat/', trustedProxies: ['10.0.0.1'] });
  assert.is(origin.baseUrl(arriving(origin, '10.0.0.1')), 'https://cloud.example/beat');
  for (const bad of ['proxy.example', '10.0.0.0/33', '10.0.0.0/x']) {
    assert.throws(
      () => new Origin({ trustedProxies: [bad] }),
      new RegExp(`HOSTBEAT_TRUSTED_PROXIES: "${bad}"`),
    );
  }
});

test.run();
