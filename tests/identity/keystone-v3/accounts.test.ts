import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BASE, onProject, openWorld, type World } from '../world.ts';
import { COLLECTIONS } from './as-keystone/questions.ts';

const test = suite<{ world: World; admin: string; alice: string }>('keystone: accounts');
test.before.each(async (context) => {
  context.world = await openWorld();
  context.admin = (await context.world.logIn('admin', 'adminpw')).token;
  context.alice = (await context.world.logIn('alice', 'alicepw', onProject('demo'))).token;
});
test.after.each(({ world }) => world.close());

const names = (items: readonly { name: string }[]) => items.map(({ name }) => name);

test('an administrator makes a project and a user, gives a role, and the user logs in', async ({
  world,
  admin,
}) => {
  const project = await world.ask('POST', '/projects', admin, {
    project: { name: 'new', description: 'a new one' },
  });
  assert.is(project.status, 201);
  assert.match(project.body.project.id, /^[0-9a-f]{32}$/);
  assert.is(project.body.project.links.self, `${BASE}/identity/v3/projects/${project.body.project.id}`);
  const user = await world.ask('POST', '/users', admin, { user: { name: 'carol', password: 'carolpw' } });
  assert.is(user.status, 201);
  assert.not.match(JSON.stringify(user.body), /carolpw|scrypt/);
  const role = (await world.ask('GET', '/roles?name=member', admin)).body.roles[0];
  const grant = `/projects/${project.body.project.id}/users/${user.body.user.id}/roles/${role.id}`;
  assert.is((await world.ask('HEAD', grant, admin)).status, 404);
  assert.is((await world.ask('PUT', grant, admin)).status, 204);
  assert.is((await world.ask('HEAD', grant, admin)).status, 204);
  assert.is((await world.logIn('carol', 'carolpw', onProject('new'))).status, 201);
});

test('lists filter by name and domain; what has no name look-up is 404', async ({ world, admin }) => {
  assert.equal(names((await world.ask('GET', '/projects', admin)).body.projects), ['admin', 'demo', 'other']);
  assert.equal(names((await world.ask('GET', '/projects?name=demo', admin)).body.projects), ['demo']);
  assert.equal((await world.ask('GET', '/projects?domain_id=elsewhere', admin)).body.projects, []);
  for (const [filter, found] of [
    ['tags=x', []],
    ['tags-any=x', []],
    ['not-tags=x', ['demo']],
    ['not-tags-any=x', ['demo']],
  ] as const)
    assert.equal(
      names((await world.ask('GET', `/projects?name=demo&${filter}`, admin)).body.projects),
      found,
    );
  assert.equal(names((await world.ask('GET', '/users?name=alice', admin)).body.users), ['alice']);
  assert.equal(names((await world.ask('GET', '/domains?name=Default', admin)).body.domains), ['Default']);
  assert.is((await world.ask('GET', '/domains/default', admin)).body.domain.name, 'Default');
  for (const path of ['/projects/demo', '/users/alice', '/roles/member', '/domains/Default', '/nothing']) {
    const answer = await world.ask('GET', path, admin);
    assert.is(answer.status, 404, path);
    assert.is(answer.body.error.title, 'Not Found');
  }
});

test('a name that is taken is a conflict, a bad one is named', async ({ world, admin }) => {
  const taken = await world.ask('POST', '/projects', admin, { project: { name: 'demo' } });
  assert.is(taken.status, 409);
  assert.is(taken.body.error.title, 'Conflict');
  const blank = await world.ask('POST', '/users', admin, { user: { name: '  ' } });
  assert.is(blank.status, 400);
  assert.match(blank.body.error.message, 'user/name');
});

test('other users see their own and are refused the rest, whether it exists or not', async ({
  world,
  alice,
}) => {
  const { ids } = world;
  for (const [method, path, status] of [
    ['GET', `/projects/${ids.demo}`, 200],
    ['GET', `/users/${ids.alice}`, 200],
    ['GET', `/users/${ids.alice}/projects`, 200],
    ['GET', `/projects/${ids.other}`, 403],
    ['GET', '/projects/nowhere', 403],
    ['GET', `/users/${ids.admin}`, 403],
    ['GET', '/users/nobody', 403],
    ['GET', '/projects', 403],
    ['GET', '/users', 403],
    ['GET', '/roles', 403],
    ['GET', '/role_assignments', 403],
    ['POST', '/projects', 403],
    ['POST', '/users', 403],
    ['PATCH', `/users/${ids.alice}`, 403],
    ['DELETE', `/projects/${ids.demo}`, 403],
    ['PUT', `/projects/${ids.demo}/users/${ids.alice}/roles/any`, 403],
  ] as const) {
    assert.is(
      (await world.ask(method, path, alice, method === 'GET' ? undefined : {})).status,
      status,
      `${method} ${path}`,
    );
  }
  assert.is((await world.ask('GET', '/projects')).status, 401);
});

test('assignments are listed with names and with what they imply', async ({ world, admin }) => {
  const path = `/role_assignments?user.id=${world.ids.alice}&scope.project.id=${world.ids.demo}`;
  const plain = (await world.ask('GET', path, admin)).body.role_assignments;
  assert.is(plain.length, 1);
  assert.equal(plain[0].scope, { project: { id: world.ids.demo } });
  assert.not('name' in plain[0].role);
  const inherited = await world.ask('GET', `${path}&scope.OS-INHERIT:inherited_to=projects`, admin);
  assert.equal(inherited.body.role_assignments, []);
  const named = (await world.ask('GET', `${path}&include_names=True&effective`, admin)).body.role_assignments;
  assert.equal(
    named.map((one: { role: { name: string } }) => one.role.name),
    ['member', 'reader'],
  );
  assert.is(named[0].user.name, 'alice');
  assert.is(named[0].scope.project.domain.name, 'Default');
  const system = (await world.ask('GET', '/role_assignments?scope.system=all', admin)).body.role_assignments;
  assert.equal(
    system.map((one: { scope: unknown }) => one.scope),
    [{ system: { all: true } }],
  );
});

test('a site has roles of its own, and those that rules rely on stay', async ({ world, admin }) => {
  const { identity } = world;
  const made = await world.ask('POST', '/roles', admin, { role: { name: 'auditor' } });
  assert.is(made.status, 201);
  await identity.directory.ensureRole('alice', 'demo', 'auditor');
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  assert.ok((await identity.authenticator.authenticate({ token }))?.roles.includes('auditor'));
  assert.is((await world.ask('DELETE', `/roles/${made.body.role.id}`, admin)).status, 204);
  assert.equal((await identity.authenticator.authenticate({ token }))?.roles, ['member', 'reader']);
  const { roles } = (await world.ask('GET', '/roles?name=member', admin)).body;
  assert.is((await world.ask('DELETE', `/roles/${roles[0].id}`, admin)).status, 403);
});

test('a role is renamed and described: what it gave under the old name is gone at once', async ({
  world,
  admin,
}) => {
  const { identity } = world;
  const made = await world.ask('POST', '/roles', admin, { role: { name: 'auditor', description: 'looks' } });
  const path = `/roles/${made.body.role.id}`;
  await identity.directory.ensureRole('alice', 'demo', 'auditor');
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  const sent: unknown[] = [];
  identity.authenticator.onRevoked((gone) => sent.push(gone));
  const described = await world.ask('PATCH', path, admin, { role: { description: 'looks on' } });
  assert.equal([described.body.role.description, sent], ['looks on', []]);
  assert.is((await world.ask('PATCH', path, admin, { role: { name: 'onlooker' } })).status, 200);
  assert.equal((await identity.authenticator.authenticate({ token }))?.roles, [
    'member',
    'onlooker',
    'reader',
  ]);
  assert.is(sent.length, 1);
});

test('a reader of the system sees everything and changes nothing', async ({ world }) => {
  const { identity, ids } = world;
  const { id: userId } = await identity.directory.ensureUser({ name: 'rita', password: 'ritapw' });
  const { id: roleId } = await identity.directory.role('reader');
  await identity.directory.assign({ userId, roleId, scope: { on: 'system' } });
  const { token } = await world.logIn('rita', 'ritapw', { system: { all: true } });
  for (const many of COLLECTIONS) assert.is((await world.ask('GET', `/${many}`, token)).status, 200, many);
  assert.is((await world.ask('GET', `/users/${ids.alice}/application_credentials`, token)).status, 200);
  for (const [method, path] of [
    ['POST', '/projects'],
    ['PATCH', `/users/${ids.alice}`],
    ['DELETE', `/projects/${ids.demo}`],
  ] as const)
    assert.is((await world.ask(method, path, token, {})).status, 403, path);
});

test('the catalog is listed by service, endpoint and region', async ({ world, admin, alice }) => {
  const { services } = (await world.ask('GET', '/services?type=compute', admin)).body;
  assert.equal(names(services), ['nova']);
  const { endpoints } = (
    await world.ask('GET', `/endpoints?service_id=${services[0].id}&interface=public`, admin)
  ).body;
  assert.equal(
    endpoints.map(({ url }: { url: string }) => url),
    [`${BASE}/v2.1`],
  );
  assert.is(
    (await world.ask('GET', `/endpoints/${endpoints[0].id}`, admin)).body.endpoint.region,
    'RegionOne',
  );
  assert.is((await world.ask('GET', '/regions/RegionOne', admin)).status, 200);
  assert.is((await world.ask('GET', '/services/nowhere', admin)).status, 404);
  assert.is((await world.ask('GET', '/endpoints', alice)).status, 403);
});

test('a revoked right is gone at once, and does not return with the role', async ({
  world,
  admin,
  alice,
}) => {
  const { ids } = world;
  const sent: unknown[] = [];
  world.identity.authenticator.onRevoked((gone) => sent.push(gone));
  const { roles } = (await world.ask('GET', `/projects/${ids.demo}/users/${ids.alice}/roles`, admin)).body;
  const grant = `/projects/${ids.demo}/users/${ids.alice}/roles/${roles[0].id}`;
  assert.is((await world.ask('DELETE', grant, admin)).status, 204);
  assert.is((await world.ask('DELETE', grant, admin)).status, 404);
  assert.is((await world.ask('GET', '/auth/projects', alice)).status, 401);
  assert.equal(sent, [{ userId: ids.alice, projectId: ids.demo }]);
  await world.ask('PUT', grant, admin);
  assert.is(sent.length, 1, 'giving is no revocation');
  assert.is((await world.ask('GET', '/auth/projects', alice)).status, 401);
});

test('a user who is disabled, renamed or removed', async ({ world, admin, alice }) => {
  const path = `/users/${world.ids.alice}`;
  await world.ask('PATCH', path, admin, { user: { name: 'alicia', email: 'a@example.com' } });
  assert.is(
    (await world.ask('GET', path, alice)).body.user.email,
    'a@example.com',
    'a new name ends nothing',
  );
  await world.ask('PATCH', path, admin, { user: { enabled: false } });
  assert.is((await world.ask('GET', path, alice)).status, 401);
  assert.is((await world.logIn('alicia', 'alicepw')).status, 401);
  await world.ask('PATCH', path, admin, { user: { enabled: true } });
  assert.is((await world.logIn('alicia', 'alicepw')).status, 201);
  assert.is((await world.ask('DELETE', path, admin)).status, 204);
  assert.is((await world.ask('DELETE', path, admin)).status, 404);
  assert.is((await world.logIn('alicia', 'alicepw')).status, 401);
});

test('a disabled project gives no tokens and ends those it gave', async ({ world, admin, alice }) => {
  const path = `/projects/${world.ids.demo}`;
  assert.is((await world.ask('PATCH', path, admin, { project: { enabled: false } })).status, 200);
  assert.is((await world.ask('GET', path, alice)).status, 401);
  assert.is((await world.logIn('alice', 'alicepw', onProject('demo'))).status, 401);
  assert.is((await world.ask('DELETE', path, admin)).status, 204);
});

test('one changes the own password with the old one and no token, and every token ends', async ({
  world,
  alice,
}) => {
  const path = `/users/${world.ids.alice}/password`;
  const change = (original_password: string, token?: string) =>
    world.ask('POST', path, token, { user: { original_password, password: 'better' } });
  assert.is((await change('wrong', alice)).status, 401);
  assert.is((await change('alicepw')).status, 204);
  assert.is((await world.ask('GET', '/auth/projects', alice)).status, 401);
  assert.is((await world.logIn('alice', 'alicepw')).status, 401);
  assert.is((await world.logIn('alice', 'better')).status, 201);
});

const byCredential = (application_credential: Record<string, unknown>, scope?: unknown) => ({
  auth: {
    identity: { methods: ['application_credential'], application_credential },
    ...(scope === undefined ? {} : { scope }),
  },
});

test('an application credential logs in, in its project, with its roles and no others', async ({
  world,
  alice,
}) => {
  const path = `/users/${world.ids.alice}/application_credentials`;
  const body = { application_credential: { name: 'bot', roles: [{ name: 'reader' }] } };
  const made = await world.ask('POST', path, alice, body);
  assert.is(made.status, 201);
  const { id, secret } = made.body.application_credential;
  const login = await world.ask('POST', '/auth/tokens', undefined, byCredential({ id, secret }));
  assert.is(login.status, 201);
  assert.equal(names(login.body.token.roles), ['reader']);
  assert.is(login.body.token.project.name, 'demo');
  assert.equal(login.body.token.application_credential, { id, name: 'bot', restricted: true });
  const named = byCredential({ name: 'bot', user: { name: 'alice', domain: { id: 'default' } }, secret });
  assert.is((await world.ask('POST', '/auth/tokens', undefined, named)).status, 201);

  const shown = await world.ask('GET', `${path}/${id}`, alice);
  assert.not('secret' in shown.body.application_credential);
  assert.is(
    (await world.ask('POST', '/auth/tokens', undefined, byCredential({ id, secret: 'wrong' }))).status,
    401,
  );
  const scoped = byCredential({ id, secret }, onProject('demo'));
  assert.is((await world.ask('POST', '/auth/tokens', undefined, scoped)).status, 401);
  const again = {
    auth: { identity: { methods: ['token'], token: { id: login.token } }, scope: onProject('demo') },
  };
  assert.is((await world.ask('POST', '/auth/tokens', undefined, again)).status, 403);
  assert.is(
    (await world.ask('POST', path, login.token, { application_credential: { name: 'b2' } })).status,
    403,
  );

  assert.is((await world.ask('DELETE', `${path}/${id}`, login.token)).status, 403, 'it is restricted');
  assert.is((await world.ask('DELETE', `${path}/${id}`, alice)).status, 204);
  assert.is((await world.ask('GET', '/auth/projects', login.token)).status, 401);
  assert.is((await world.ask('POST', '/auth/tokens', undefined, byCredential({ id, secret }))).status, 401);
});

test('an application credential has no more than its maker, and ends when revoked', async ({
  world,
  alice,
  admin,
}) => {
  const path = `/users/${world.ids.alice}/application_credentials`;
  const make = (fields: Record<string, unknown>, by = alice) =>
    world.ask('POST', path, by, { application_credential: { name: 'bot', ...fields } });
  assert.is((await make({ roles: [{ name: 'admin' }] })).status, 400);
  assert.is((await make({ expires_at: '2020-01-01T00:00:00' })).status, 400);
  assert.is((await make({ expires_at: 'soon' })).status, 400);
  assert.is((await make({ access_rules: [{ path: '/v2.1/servers' }] })).status, 400);
  assert.is((await make({}, admin)).status, 403, 'nobody makes one for another');
  const made = await make({ expires_at: '2026-01-01T00:10:00' });
  assert.is(made.body.application_credential.expires_at, '2026-01-01T00:10:00.000000');
  assert.is((await make({})).status, 409);
  const { id, secret } = made.body.application_credential;
  const login = await world.ask('POST', '/auth/tokens', undefined, byCredential({ id, secret }));
  assert.is(login.body.token.expires_at, '2026-01-01T00:10:00.000000Z', 'its tokens live no longer');
  world.clock.advance(600_000);
  assert.is((await world.ask('POST', '/auth/tokens', undefined, byCredential({ id, secret }))).status, 401);
  assert.is((await world.ask('GET', '/auth/projects', login.token)).status, 401);
});

test.run();
