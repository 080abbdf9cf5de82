import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EmbeddedAuthenticator } from '../../../server/identity/embedded/embedded-authenticator.ts';
import { isAdmin, mayReport } from '../../../server/identity/identity.ts';
import { MAX_CACHED } from '../../../server/identity/tokens/identity-cache.ts';
import { Revocations } from '../../../server/identity/tokens/revocations.ts';
import { AGENT_TOKEN_PREFIX, hashToken } from '../../../server/identity/tokens/secrets.ts';
import type { Accounts, Token } from '../../../server/ports/accounts.ts';
import { LIFETIME_MS, onProject, openWorld, type World } from '../world.ts';

const test = suite<{ world: World }>('embedded authenticator');
test.before.each(async (context) => {
  context.world = await openWorld();
});
test.after.each(({ world }) => world.close());

async function aliceToken({ logIn }: World): Promise<string> {
  return (await logIn('alice', 'alicepw', onProject('demo'))).token;
}

test('a token is its user, project and roles', async ({ world }) => {
  const token = await aliceToken(world);
  assert.equal(await world.identity.authenticator.authenticate({ token }), {
    kind: 'user',
    userId: world.ids.alice,
    userName: 'alice',
    userDomainId: 'default',
    projectId: world.ids.demo,
    projectDomainId: 'default',
    isAdminProject: true,
    projectName: 'demo',
    roles: ['member', 'reader'],
    expiresAt: world.clock.now() + LIFETIME_MS,
    hosts: [],
  });
  assert.is(await world.identity.authenticator.authenticate({ token: `${token}x` }), undefined);
  assert.is(await world.identity.authenticator.authenticate({ token: '' }), undefined);
});

test('roles count in a project only: an administrator of the domain is no operator', async ({ world }) => {
  for (const scope of [{ system: { all: true } }, { domain: { id: 'default' } }, 'unscoped']) {
    const { token } = await world.logIn('admin', 'adminpw', scope);
    const identity = await world.identity.authenticator.authenticate({ token });
    assert.equal([identity?.projectId, identity?.roles], [null, []], JSON.stringify(scope));
    assert.not.ok(identity && (isAdmin(identity) || mayReport(identity, 'c1')));
  }
  const { token } = await world.logIn('admin', 'adminpw', onProject('admin'));
  const identity = await world.identity.authenticator.authenticate({ token });
  assert.ok(identity && isAdmin(identity));
});

test('while other nodes cannot be followed users are looked up again, and agents heard', async ({
  world,
}) => {
  const { accounts } = world.store;
  let isCurrent = true;
  const authenticator = new EmbeddedAuthenticator(accounts, world.clock, new Revocations(), () => isCurrent);
  const token = await aliceToken(world);
  const agent = `${AGENT_TOKEN_PREFIX}x`;
  await accounts.putAgentToken({
    id: 'agent-1',
    hash: hashToken(agent),
    label: 'a',
    hosts: ['*'],
    createdAt: world.clock.now(),
    expiresAt: null,
  });
  const good = async (each: string) => (await authenticator.authenticate({ token: each })) !== undefined;
  assert.equal([await good(token), await good(agent)], [true, true]);
  // As another node does it: this one does not hear of it.
  await accounts.removeToken(hashToken(token));
  await accounts.removeAgentToken('agent-1');
  assert.equal([await good(token), await good(agent)], [true, true], 'both are remembered');
  isCurrent = false;
  assert.equal([await good(token), await good(agent)], [false, true]);
});

test('a token seen before is not looked up again, and ends at its expiry all the same', async ({ world }) => {
  const { authenticator } = world.identity;
  const token = await aliceToken(world);
  const first = await authenticator.authenticate({ token });
  await world.store.accounts.removeToken(hashToken(token)); // behind its back: no other way to see the cache
  assert.is(await authenticator.authenticate({ token }), first);
  world.clock.advance(LIFETIME_MS);
  assert.is(await authenticator.authenticate({ token }), undefined);
  assert.is(authenticator.cached, 0);
});

test('everything that takes a right away ends tokens at once and is announced', async ({ world }) => {
  const { authenticator, directory } = world.identity;
  const { alice, demo } = world.ids;
  const member = await directory.role('member');
  const sent: unknown[] = [];
  authenticator.onRevoked((gone) => sent.push(gone));
  const ways: readonly [take: () => Promise<unknown>, giveBack: () => Promise<unknown>, gone: unknown][] = [
    [
      () => directory.unassign({ userId: alice, roleId: member.id, scope: { on: 'project', id: demo } }),
      () => directory.ensureRole('alice', 'demo', 'member'),
      { userId: alice, projectId: demo },
    ],
    [
      () => directory.updateUser(alice, { enabled: false }),
      () => directory.updateUser(alice, { enabled: true }),
      { userId: alice },
    ],
    [() => directory.updateUser(alice, { password: 'alicepw' }), async () => {}, { userId: alice }],
    [
      () => directory.updateProject(demo, { enabled: false }),
      () => directory.updateProject(demo, { enabled: true }),
      { projectId: demo },
    ],
    [() => directory.removeUser(alice), async () => {}, { userId: alice }],
  ];
  for (const [take, giveBack, gone] of ways) {
    const token = await aliceToken(world);
    assert.ok(await authenticator.authenticate({ token }));
    await take();
    assert.equal(sent.splice(0), [gone]);
    assert.is(await authenticator.authenticate({ token }), undefined);
    await giveBack();
    assert.is(await authenticator.authenticate({ token }), undefined, 'it does not come back');
    sent.length = 0;
  }
});

test('a role that is added counts from the next request on', async ({ world }) => {
  const { authenticator, directory } = world.identity;
  const token = await aliceToken(world);
  await authenticator.authenticate({ token });
  await directory.ensureRole('alice', 'demo', 'service');
  assert.ok((await authenticator.authenticate({ token }))?.roles.includes('service'));
});

test('an answer that was read across a revocation is not kept', async ({ world }) => {
  const token = await aliceToken(world);
  const revocations = new Revocations();
  const held = Promise.withResolvers<void>();
  const slow: Accounts = Object.create(world.store.accounts, {
    token: {
      value: async (hash: string): Promise<Token | undefined> => {
        const found = await world.store.accounts.token(hash);
        await held.promise;
        return found;
      },
    },
    user: { value: (id: string) => world.store.accounts.user(id) },
    project: { value: (id: string) => world.store.accounts.project(id) },
    roles: { value: () => world.store.accounts.roles() },
    assignments: { value: (filter: object) => world.store.accounts.assignments(filter) },
  });
  const authenticator = new EmbeddedAuthenticator(slow, world.clock, revocations);
  const answer = authenticator.authenticate({ token });
  await world.store.accounts.removeToken(hashToken(token));
  revocations.ended({ userId: world.ids.alice });
  held.resolve();
  assert.is(await answer, undefined);
  assert.is(authenticator.cached, 0);
});

test('a login that a new password overtakes gives nothing that outlives the old one', async ({ world }) => {
  const { authenticator, directory } = world.identity;
  for (const [turn, password] of ['alicepw', 'second', 'third', 'fourth'].entries()) {
    world.clock.advance(16 * 60_000); // the brake forgets
    const logins = Array.from({ length: 8 }, () => world.logIn('alice', password, onProject('demo')));
    const next = ['second', 'third', 'fourth', 'fifth'][turn] ?? '';
    await directory.updateUser(world.ids.alice, { password: next });
    for (const { status, token } of await Promise.all(logins)) {
      assert.ok(status === 401 || status === 201);
      assert.is(await authenticator.authenticate({ token }), undefined);
    }
    assert.is((await world.logIn('alice', next, onProject('demo'))).status, 201);
  }
});

test('memory of tokens is bounded', async ({ world }) => {
  const { accounts } = world.store;
  const many: Accounts = Object.create(accounts, {
    agentToken: {
      value: async (hash: string) => ({
        id: hash,
        hash,
        label: '',
        hosts: ['*'],
        createdAt: 0,
        expiresAt: null,
      }),
    },
  });
  const authenticator = new EmbeddedAuthenticator(many, world.clock, new Revocations());
  for (let count = 0; count < MAX_CACHED + 10; count++)
    await authenticator.authenticate({ token: `hba_${count}` });
  assert.is(authenticator.cached, MAX_CACHED);
});

test('an agent token reports for its hosts, until it is revoked or expires', async ({ world }) => {
  const { authenticator, issued } = world.identity;
  const bound = await issued.issueAgentToken({ label: 'rack 1', hosts: ['c1', 'c2'] });
  const { secret: token } = bound;
  const identity = await authenticator.authenticate({ token });
  assert.ok(identity);
  assert.is(identity.kind, 'agent');
  assert.equal([identity.roles, identity.projectId], [[], null]);
  assert.ok(mayReport(identity, 'c2'));
  assert.not(mayReport(identity, 'c3'));
  const sent: unknown[] = [];
  authenticator.onRevoked((gone) => sent.push(gone));
  await issued.revokeAgentToken(bound.token.id);
  assert.is(await authenticator.authenticate({ token }), undefined);
  assert.equal(sent, [{ userId: bound.token.id }]);

  const any = await issued.issueAgentToken({
    label: 'all',
    hosts: ['*'],
    expiresAt: world.clock.now() + 1_000,
  });
  const everywhere = await authenticator.authenticate({ token: any.secret });
  assert.ok(everywhere && mayReport(everywhere, 'c3'));
  world.clock.advance(1_000);
  assert.is(await authenticator.authenticate({ token: any.secret }), undefined);
});

test('an agent token that nobody has used before its end is refused after it', async ({ world }) => {
  const { authenticator, issued } = world.identity;
  const expiresAt = world.clock.now() + 1_000;
  const { secret: token } = await issued.issueAgentToken({ label: 'late', hosts: ['*'], expiresAt });
  world.clock.advance(1_000);
  for (const _ of ['first', 'again']) assert.is(await authenticator.authenticate({ token }), undefined);
});

test('tokens live on over a restart', async () => {
  const world = await openWorld({ file: true });
  try {
    const token = await aliceToken(world);
    assert.ok(await world.store.reopen?.());
    const { accounts } = world.store;
    const reopened = new EmbeddedAuthenticator(accounts, world.clock, new Revocations());
    assert.is((await reopened.authenticate({ token }))?.userName, 'alice');
  } finally {
    await world.close();
  }
});

test('expired tokens are cleared away by the next login', async ({ world }) => {
  const token = await aliceToken(world);
  world.clock.advance(LIFETIME_MS + 1);
  await aliceToken(world);
  assert.is(await world.store.accounts.token(hashToken(token)), undefined);
});

test.run();
