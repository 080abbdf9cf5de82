/** What an application credential is good for, and when it and its tokens end. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Answer, onProject, openWorld, type World } from '../world.ts';

const test = suite<{ world: World }>('keystone: tokens of application credentials');
test.before.each(async (context) => {
  context.world = await openWorld();
});
test.after.each(({ world }) => world.close());

interface Program {
  readonly id: string;
  logIn(): Promise<Answer>;
}

/** A credential that its user makes in a project, with all that the user has there. */
async function aProgram(world: World, user: string, project: string): Promise<Program> {
  const own = await world.logIn(user, `${user}pw`, onProject(project));
  const made = await world.ask(
    'POST',
    `/users/${own.body.token.user.id}/application_credentials`,
    own.token,
    {
      application_credential: { name: `of ${project}`, unrestricted: true },
    },
  );
  assert.is(made.status, 201);
  const { id, secret } = made.body.application_credential;
  const identity = { methods: ['application_credential'], application_credential: { id, secret } };
  return { id, logIn: () => world.ask('POST', '/auth/tokens', undefined, { auth: { identity } }) };
}

test('a token of a credential is given no other scope, whatever its user could have', async ({ world }) => {
  const program = await aProgram(world, 'admin', 'admin');
  await world.identity.directory.ensureRole('admin', 'demo', 'admin');
  const { token } = await program.logIn();
  const exchange = (id: string, scope?: unknown) =>
    world.ask('POST', '/auth/tokens', undefined, {
      auth: { identity: { methods: ['token'], token: { id } }, ...(scope === undefined ? {} : { scope }) },
    });
  const password = await world.logIn('admin', 'adminpw');
  for (const scope of [
    'unscoped',
    { unscoped: {} },
    { system: { all: true } },
    { domain: { id: 'default' } },
    onProject('admin'),
    onProject('demo'),
  ]) {
    assert.is((await exchange(token, scope)).status, 403, JSON.stringify(scope));
    assert.is((await exchange(password.token, scope)).status, 201, 'the user may have it');
  }
  const renewed = await exchange(token);
  assert.equal([renewed.status, renewed.body.token.project.name], [201, 'admin']);
  assert.is((await exchange(renewed.token, 'unscoped')).status, 403, 'nor by way of a second token');
});

test('a credential of a disabled user logs in no more', async ({ world }) => {
  const { alice } = world.ids;
  const program = await aProgram(world, 'alice', 'demo');
  const { token } = await program.logIn();
  await world.identity.directory.updateUser(alice, { enabled: false });
  assert.is((await program.logIn()).status, 401);
  assert.is(await world.identity.authenticator.authenticate({ token }), undefined);
});

test('a role taken away ends credentials of that project for good, and no others', async ({ world }) => {
  const { directory } = world.identity;
  const { alice, demo } = world.ids;
  await directory.ensureRole('alice', 'other', 'member');
  const inDemo = await aProgram(world, 'alice', 'demo');
  const inOther = await aProgram(world, 'alice', 'other');
  const { id: roleId } = await directory.role('member');
  await directory.unassign({ userId: alice, roleId, scope: { on: 'project', id: demo } });
  await directory.ensureRole('alice', 'demo', 'member');
  assert.is((await inDemo.logIn()).status, 401, 'it does not come back with the role');
  assert.is((await inOther.logIn()).status, 201);
});

test('a deleted credential ends its cached tokens at once, and is announced', async ({ world }) => {
  const { authenticator, issued } = world.identity;
  const { alice, demo } = world.ids;
  const program = await aProgram(world, 'alice', 'demo');
  const tokens = [(await program.logIn()).token, (await program.logIn()).token];
  for (const token of tokens)
    assert.is((await authenticator.authenticate({ token }))?.credentialId, program.id);
  const sent: unknown[] = [];
  authenticator.onRevoked((gone) => sent.push(gone));
  const credential = await world.store.accounts.applicationCredential(program.id);
  assert.ok(credential);
  await issued.revokeApplicationCredential(credential);
  for (const token of tokens) assert.is(await authenticator.authenticate({ token }), undefined);
  assert.equal(sent, [{ userId: alice, projectId: demo }]);
});

test.run();
