import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Passwords } from '../../../server/identity/embedded/passwords.ts';
import { MAX_BODY_BYTES } from '../../../server/identity/read-json.ts';
import { systemRandom } from '../../../server/identity/tokens/secrets.ts';
import type { User } from '../../../server/ports/accounts.ts';
import { BASE, LIFETIME_MS, onProject, openWorld, type World } from '../world.ts';

const test = suite<{ world: World }>('keystone: login');
test.before.each(async (context) => {
  context.world = await openWorld();
});
test.after.each(({ world }) => world.close());

const byToken = (id: string, scope?: unknown) => ({
  auth: { identity: { methods: ['token'], token: { id } }, ...(scope === undefined ? {} : { scope }) },
});

test('the version documents tell clients where v3 is', async ({ world }) => {
  const root = await world.ask('GET', '/identity');
  assert.is(root.status, 300);
  assert.is(root.headers.get('location'), `${BASE}/identity/v3/`);
  assert.is(root.body.versions.values[0].links[0].href, `${BASE}/identity/v3/`);
  for (const path of ['/identity/v3', '/identity/v3/']) {
    const answer = await world.ask('GET', path);
    assert.is(answer.status, 200);
    assert.equal(answer.body.version, root.body.versions.values[0]);
  }
});

test('a password gives a token with project, implied roles and a catalog', async ({ world }) => {
  const answer = await world.logIn('alice', 'alicepw', onProject('demo'));
  assert.is(answer.status, 201);
  assert.match(answer.token, /^hbt_[\w-]{43}$/);
  assert.is(answer.headers.get('vary'), 'X-Auth-Token');
  const { token } = answer.body;
  assert.equal(token.methods, ['password']);
  assert.equal(token.user, {
    id: world.ids.alice,
    name: 'alice',
    domain: { id: 'default', name: 'Default' },
    password_expires_at: null,
  });
  assert.equal(token.project, {
    id: world.ids.demo,
    name: 'demo',
    domain: { id: 'default', name: 'Default' },
  });
  assert.is(token.is_domain, false);
  assert.equal(
    token.roles.map(({ name }: { name: string }) => name),
    ['member', 'reader'],
  );
  assert.match(token.issued_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.is(Date.parse(token.expires_at) - Date.parse(token.issued_at), LIFETIME_MS);
  assert.is(token.audit_ids.length, 1);
  const compute = token.catalog.find(({ type }: { type: string }) => type === 'compute');
  assert.equal(
    compute.endpoints.map((endpoint: Record<string, string>) => [
      endpoint.interface,
      endpoint.url,
      endpoint.region,
    ]),
    ['public', 'internal', 'admin'].map((kind) => [kind, `${BASE}/v2.1`, 'RegionOne']),
  );
  const keystone = token.catalog.find(({ type }: { type: string }) => type === 'identity');
  assert.is(keystone.endpoints[0].url, `${BASE}/identity/v3`);
});

test('administrators have every role below theirs', async ({ world }) => {
  const { body } = await world.logIn('admin', 'adminpw');
  assert.equal(
    body.token.roles.map(({ name }: { name: string }) => name),
    ['admin', 'manager', 'member', 'reader'],
  );
  assert.is(body.token.project.name, 'admin', 'scoped to the default project');
});

test('scopes are answered as Keystone answers them', async ({ world }) => {
  const { ids } = world;
  const cases: readonly [who: string, scope: unknown, status: number, keys: readonly string[]][] = [
    ['alice', { project: { id: ids.demo } }, 201, ['project', 'roles', 'catalog']],
    ['alice', undefined, 201, []],
    ['admin', 'unscoped', 201, []],
    ['admin', { unscoped: {} }, 201, []],
    ['admin', { system: { all: true } }, 201, ['system', 'roles', 'catalog']],
    ['admin', { domain: { name: 'Default' } }, 201, ['domain', 'roles', 'catalog']],
    ['alice', { project: { id: ids.other } }, 401, []],
    ['alice', onProject('nowhere'), 401, []],
    ['alice', { project: { id: 'nowhere' } }, 401, []],
    ['alice', { project: { name: 'demo', domain: { id: 'elsewhere' } } }, 401, []],
    ['alice', { project: { name: 'demo' } }, 400, []],
    ['alice', { system: { all: true } }, 401, []],
    ['alice', { domain: { id: 'default' } }, 401, []],
    ['admin', { project: { id: ids.demo }, system: { all: true } }, 400, []],
    ['admin', {}, 400, []],
    ['admin', { system: { all: false } }, 401, []],
  ];
  for (const [who, scope, status, keys] of cases) {
    const answer = await world.logIn(who, `${who}pw`, scope);
    assert.is(answer.status, status, JSON.stringify(scope));
    const shown = ['project', 'system', 'domain', 'roles', 'catalog'].filter(
      (key) => key in (answer.body.token ?? {}),
    );
    assert.equal(shown.sort(), [...keys].sort(), JSON.stringify(scope));
  }
});

test('a project without a role, an unknown one and a wrong password read the same', async ({ world }) => {
  const answers = await Promise.all([
    world.logIn('alice', 'alicepw', onProject('other')),
    world.logIn('alice', 'alicepw', onProject('nowhere')),
    world.logIn('alice', 'wrong', onProject('demo')),
    world.logIn('nobody', 'wrong', onProject('demo')),
  ]);
  for (const { status, body, headers } of answers) {
    assert.is(status, 401);
    assert.equal(body, answers[0]?.body);
    assert.is(body.error.title, 'Unauthorized');
    assert.is(headers.get('www-authenticate'), `Keystone uri="${BASE}/identity"`);
  }
});

test('a user may be named by id; nocatalog leaves the catalog out', async ({ world }) => {
  const answer = await world.ask('POST', '/auth/tokens?nocatalog', undefined, {
    auth: {
      identity: { methods: ['password'], password: { user: { id: world.ids.alice, password: 'alicepw' } } },
      scope: { project: { id: world.ids.demo } },
    },
  });
  assert.is(answer.status, 201);
  assert.not('catalog' in answer.body.token);
});

test('a body that is not one is 400 and names the field', async ({ world }) => {
  const methods = ['password'];
  for (const [body, word] of [
    ['{', 'JSON'],
    [{}, 'auth'],
    [{ auth: { identity: { methods } } }, 'password'],
    [{ auth: { identity: { methods, password: { user: { password: 'x' } } } } }, 'id or name'],
    [{ auth: { identity: { methods, password: { user: { name: 'a', password: 7 } } } } }, 'password'],
  ] as const) {
    const answer = await world.ask('POST', '/auth/tokens', undefined, body);
    assert.is(answer.status, 400, JSON.stringify(body));
    assert.is(answer.body.error.code, 400);
    assert.match(answer.body.error.message, word);
  }
  const unknown = await world.ask('POST', '/auth/tokens', undefined, {
    auth: { identity: { methods: ['totp'], totp: {} } },
  });
  assert.is(unknown.status, 401);
  const large = await world.ask('POST', '/auth/tokens', undefined, { auth: 'x'.repeat(200_000) });
  assert.is(large.status, 413);
});

test('over a real socket: bodies without a length, missing ones and endless ones', async ({ world }) => {
  const server = serve({ fetch: world.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/identity/v3/auth/tokens`;
  try {
    const chunked = (text: string) =>
      fetch(url, { method: 'POST', body: new Blob([text]).stream(), duplex: 'half' } as RequestInit);
    const password = { user: { name: 'alice', domain: { id: 'default' }, password: 'alicepw' } };
    const login = await chunked(JSON.stringify({ auth: { identity: { methods: ['password'], password } } }));
    assert.is(login.status, 201);
    assert.is((await chunked(' '.repeat(MAX_BODY_BYTES + 1))).status, 413);
    assert.is((await fetch(url, { method: 'POST' })).status, 400);
    const token = login.headers.get('X-Subject-Token') ?? '';
    const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token };
    assert.is((await fetch(url, { method: 'HEAD', headers })).status, 200);
    assert.is((await fetch(url, { method: 'DELETE', headers })).status, 204);
    assert.is((await fetch(url, { headers })).status, 401);
  } finally {
    server.close();
    (server as Server).closeAllConnections();
  }
});

test('a token may be read by itself, by administrators and services, and by no other', async ({ world }) => {
  const { directory } = world.identity;
  await directory.ensureUser({ name: 'nova', password: 'novapw' });
  await directory.ensureRole('nova', 'admin', 'service');
  const bob = await directory.ensureUser({ name: 'bob', password: 'bobpw' });
  await directory.ensureRole(bob.id, 'other', 'member');
  const alice = await world.logIn('alice', 'alicepw', onProject('demo'));
  const look = (by: string, method = 'GET') =>
    world.ask(method, '/auth/tokens', by, undefined, { 'X-Subject-Token': alice.token });
  const admin = (await world.logIn('admin', 'adminpw')).token;
  const nova = (await world.logIn('nova', 'novapw', onProject('admin'))).token;
  for (const by of [alice.token, admin, nova]) {
    const answer = await look(by);
    assert.is(answer.status, 200);
    assert.equal(answer.body, alice.body);
    assert.is(answer.token, alice.token);
  }
  const another = await world.logIn('alice', 'alicepw', onProject('demo'));
  assert.is((await look(another.token)).status, 200, 'one of her own');
  assert.is((await look(nova, 'HEAD')).status, 403, 'services look by GET (Keystone)');
  const head = await look(admin, 'HEAD');
  assert.is(head.status, 200);
  assert.is(head.body, undefined);
  assert.is((await look((await world.logIn('bob', 'bobpw', onProject('other'))).token)).status, 403);
  assert.is((await look('hbt_nonsense')).status, 401);
  const gone = await world.ask('GET', '/auth/tokens', admin, undefined, {
    'X-Subject-Token': 'hbt_nonsense',
  });
  assert.is(gone.status, 404);
  assert.not.match(JSON.stringify(gone.body), 'nonsense');
});

test('a deleted token is worth nothing at once', async ({ world }) => {
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  assert.ok(await world.identity.authenticator.authenticate({ token }));
  const answer = await world.ask('DELETE', '/auth/tokens', token, undefined, { 'X-Subject-Token': token });
  assert.is(answer.status, 204);
  assert.is(await world.identity.authenticator.authenticate({ token }), undefined);
  assert.is((await world.ask('GET', '/auth/projects', token)).status, 401);
});

test('a token is exchanged for another scope and lives no longer for it', async ({ world }) => {
  const first = await world.logIn('alice', 'alicepw');
  world.clock.advance(60_000);
  const second = await world.ask('POST', '/auth/tokens', undefined, byToken(first.token, onProject('demo')));
  assert.is(second.status, 201);
  assert.is(second.body.token.expires_at, first.body.token.expires_at);
  assert.equal(second.body.token.methods, ['token', 'password']);
  assert.is(second.body.token.audit_ids[1], first.body.token.audit_ids[0]);
  const third = await world.ask('POST', '/auth/tokens', undefined, byToken(second.token, 'unscoped'));
  assert.is(third.body.token.audit_ids[1], first.body.token.audit_ids[0]);
  assert.is(
    (await world.ask('POST', '/auth/tokens', undefined, byToken(first.token, onProject('other')))).status,
    401,
  );
  assert.is((await world.ask('POST', '/auth/tokens', undefined, byToken('hbt_nonsense'))).status, 404);

  const system = await world.logIn('admin', 'adminpw', { system: { all: true } });
  const narrower = await world.ask(
    'POST',
    '/auth/tokens',
    undefined,
    byToken(system.token, onProject('admin')),
  );
  assert.is(narrower.status, 403);
});

test('a token ends at its expiry', async ({ world }) => {
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  world.clock.advance(LIFETIME_MS - 1);
  assert.is((await world.ask('GET', '/auth/catalog', token)).status, 200);
  world.clock.advance(1);
  assert.is((await world.ask('GET', '/auth/catalog', token)).status, 401);
});

test('one learns what one may get a token for', async ({ world }) => {
  const { token } = await world.logIn('alice', 'alicepw');
  const projects = await world.ask('GET', '/auth/projects', token);
  assert.equal(
    projects.body.projects.map(({ name }: { name: string }) => name),
    ['demo'],
  );
  assert.equal((await world.ask('GET', '/auth/domains', token)).body.domains, []);
  assert.equal((await world.ask('GET', '/auth/system', token)).body.system, []);
  assert.is((await world.ask('GET', '/auth/catalog', token)).status, 403, 'unscoped');
  const admin = await world.logIn('admin', 'adminpw');
  assert.equal((await world.ask('GET', '/auth/system', admin.token)).body.system, [{ all: true }]);
});

test('a password hashed at another cost is rehashed at login, and no token ends', async ({ world }) => {
  const { accounts } = world.store;
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  const alice = await accounts.userNamed('alice');
  const passwordHash = await new Passwords(systemRandom, { ln: 5, r: 1, p: 1 }).hash('alicepw');
  await accounts.putUser({ ...(alice as User), passwordHash });
  assert.is((await world.logIn('alice', 'alicepw')).status, 201);
  assert.match((await accounts.userNamed('alice'))?.passwordHash ?? '', /^scrypt\$ln=4,/);
  assert.is((await world.logIn('alice', 'alicepw')).status, 201);
  assert.is((await world.ask('GET', '/auth/projects', token)).status, 200);
});

test('many wrong passwords are answered ever later, and the right one still works', async ({ world }) => {
  for (let guess = 0; guess < 12; guess++) {
    assert.is((await world.logIn('alice', `guess ${guess}`)).status, 401);
  }
  assert.equal(world.slept, [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  assert.is((await world.logIn('alice', 'alicepw')).status, 201);
  const before = world.slept.length;
  assert.is((await world.logIn('alice', 'alicepw')).status, 201);
  assert.is(world.slept.length, before, 'forgiven');
});

test('an address that guesses at many names is asked to come back later', async ({ world }) => {
  const statuses = new Set<number>();
  let last: Awaited<ReturnType<World['logIn']>> | undefined;
  for (let guess = 0; guess < 40; guess++) {
    last = await world.logIn(`user ${guess}`, 'wrong');
    statuses.add(last.status);
  }
  assert.equal([...statuses], [401, 429]);
  assert.ok(Number(last?.headers.get('retry-after')) >= 1);
  world.clock.advance(60_000);
  assert.is((await world.logIn('alice', 'alicepw')).status, 201, 'the queue has passed');
});

test.run();
