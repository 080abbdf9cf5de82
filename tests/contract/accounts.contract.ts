import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import type {
  Accounts,
  AgentToken,
  ApplicationCredential,
  Project,
  Role,
  Scope,
  Token,
  User,
} from '../../server/ports/accounts.ts';

export interface OpenedAccounts {
  readonly accounts: Accounts;
  close(): Promise<void>;
}

const demo: Project = { id: 'p-demo', name: 'demo', description: '', enabled: true };
const other: Project = { id: 'p-other', name: 'other', description: 'another', enabled: true };
const alice: User = {
  id: 'u-alice',
  name: 'alice',
  description: null,
  email: null,
  enabled: true,
  defaultProjectId: null,
  passwordHash: 'hash-a',
};
const bob: User = { ...alice, id: 'u-bob', name: 'bob', email: 'bob@example.com', passwordHash: null };
const member: Role = { id: 'r-member', name: 'member', description: null };
const reader: Role = { id: 'r-reader', name: 'reader', description: 'looks' };
const onDemo: Scope = { on: 'project', id: demo.id };
const onOther: Scope = { on: 'project', id: other.id };

function aToken(over: Partial<Token> = {}): Token {
  return {
    hash: 't1',
    userId: alice.id,
    scope: onDemo,
    methods: ['password'],
    auditIds: ['a1'],
    applicationCredentialId: null,
    issuedAt: 1_000,
    expiresAt: 2_000,
    ...over,
  };
}

const credential: ApplicationCredential = {
  id: 'c1',
  userId: alice.id,
  projectId: demo.id,
  name: 'bot',
  description: null,
  roleIds: [member.id],
  unrestricted: false,
  accessRules: [{ id: 'rule1', service: 'compute', method: 'GET', path: '/v2.1/servers' }],
  secretHash: 'hash-s',
  expiresAt: 2_053_857_600_000.123,
};

/** What every adapter of the accounts port must do. */
export function accountsContract(name: string, open: () => Promise<OpenedAccounts>): void {
  const test = suite<OpenedAccounts>(`accounts: ${name}`);

  test.before.each(async (context) => {
    Object.assign(context, await open());
    const { accounts } = context;
    for (const project of [demo, other]) await accounts.putProject(project);
    for (const user of [bob, alice]) await accounts.putUser(user);
    for (const role of [reader, member]) await accounts.putRole(role);
  });
  test.after.each((context) => context.close());

  async function conflict(write: Promise<unknown>, word: RegExp): Promise<void> {
    const error = await write.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.instance(error, DomainError);
    assert.is((error as DomainError).code, 'conflict');
    assert.match((error as DomainError).message, word);
  }

  test('a stored account is found by id and by name, and listed by name', async ({ accounts }) => {
    assert.equal(await accounts.project(demo.id), demo);
    assert.equal(await accounts.projectNamed('other'), other);
    assert.equal(await accounts.projects(), [demo, other]);
    assert.equal(await accounts.user(bob.id), bob);
    assert.equal(await accounts.userNamed('alice'), alice);
    assert.equal(await accounts.users(), [alice, bob]);
    assert.equal(await accounts.roles(), [member, reader]);
    for (const nothing of [
      accounts.project('x'),
      accounts.projectNamed('Demo'),
      accounts.user('x'),
      accounts.userNamed('x'),
    ]) {
      assert.is(await nothing, undefined);
    }
  });

  test('putting again replaces', async ({ accounts }) => {
    await accounts.putUser({ ...alice, name: 'alicia', enabled: false, passwordHash: 'hash-b' });
    assert.equal(await accounts.user(alice.id), {
      ...alice,
      name: 'alicia',
      enabled: false,
      passwordHash: 'hash-b',
    });
    assert.is(await accounts.userNamed('alice'), undefined);
    await accounts.putProject({ ...demo, enabled: false });
    assert.equal(await accounts.project(demo.id), { ...demo, enabled: false });
  });

  test('only the expected hash is replaced, and nothing else of the user', async ({ accounts }) => {
    await accounts.putUser({ ...alice, name: 'alicia', enabled: false, passwordHash: 'hash-b' });
    await accounts.replacePasswordHash(alice.id, 'hash-a', 'hash-c');
    assert.is((await accounts.user(alice.id))?.passwordHash, 'hash-b', 'the password is another one');
    await accounts.replacePasswordHash(alice.id, 'hash-b', 'hash-c');
    assert.equal(await accounts.user(alice.id), {
      ...alice,
      name: 'alicia',
      enabled: false,
      passwordHash: 'hash-c',
    });
    await accounts.replacePasswordHash('nobody', 'hash-b', 'hash-c');
    assert.is(await accounts.user('nobody'), undefined);
    assert.equal(await accounts.user(bob.id), bob);
  });

  test('two changes of one account at once are both kept', async ({ accounts }) => {
    await Promise.all([
      accounts.changeUser(alice.id, { name: 'alicia' }),
      accounts.changeUser(alice.id, { passwordHash: 'hash-b' }),
      accounts.changeUser(alice.id, { enabled: false }),
    ]);
    const user = { ...alice, name: 'alicia', passwordHash: 'hash-b', enabled: false };
    assert.equal(await accounts.user(alice.id), user);
    assert.equal(await accounts.changeUser(alice.id, {}), user, 'nothing to change');
    await Promise.all([
      accounts.changeProject(demo.id, { description: 'ours' }),
      accounts.changeProject(demo.id, { enabled: false }),
    ]);
    assert.equal(await accounts.project(demo.id), { ...demo, description: 'ours', enabled: false });
    await Promise.all([
      accounts.changeRole(member.id, { name: 'user' }),
      accounts.changeRole(member.id, { description: 'uses' }),
    ]);
    const role = { ...member, name: 'user', description: 'uses' };
    assert.equal(await accounts.roles(), [reader, role]);
  });

  test('a change does not bring back a deleted account', async ({ accounts }) => {
    await accounts.removeUser(bob.id);
    await accounts.removeProject(other.id);
    await accounts.removeRole(reader.id);
    assert.is(await accounts.changeUser(bob.id, { enabled: true }), undefined);
    assert.is(await accounts.changeProject(other.id, { enabled: true }), undefined);
    assert.is(await accounts.changeRole(reader.id, { name: 'looker' }), undefined);
    assert.is(await accounts.user(bob.id), undefined);
  });

  test('a name belongs to one', async ({ accounts }) => {
    await conflict(accounts.putProject({ ...demo, id: 'p-new' }), /project "demo"/);
    await conflict(accounts.putProject({ ...other, name: 'demo' }), /project "demo"/);
    await conflict(accounts.putUser({ ...bob, name: 'alice' }), /user "alice"/);
    await conflict(accounts.putRole({ ...member, id: 'r-new' }), /role "member"/);
    await conflict(accounts.changeProject(other.id, { name: 'demo' }), /project "demo"/);
    await conflict(accounts.changeUser(bob.id, { name: 'alice' }), /user "alice"/);
    await conflict(accounts.changeRole(reader.id, { name: 'member' }), /role "member"/);
    assert.equal(await accounts.project(other.id), other);
  });

  test('assignments are a set, filtered by each of their parts', async ({ accounts }) => {
    const one = { userId: alice.id, roleId: member.id, scope: onDemo };
    const two = { userId: alice.id, roleId: reader.id, scope: { on: 'system' } as const };
    const three = { userId: bob.id, roleId: member.id, scope: onOther };
    for (const assignment of [one, one, two, three]) await accounts.assign(assignment);
    assert.equal(await accounts.assignments({}), [one, two, three]);
    assert.equal(await accounts.assignments({ userId: alice.id, scope: onDemo }), [one]);
    assert.equal(await accounts.assignments({ scope: { on: 'system' } }), [two]);
    assert.equal(await accounts.assignments({ roleId: member.id }), [one, three]);
    assert.equal(await accounts.assignments({ scope: { on: 'domain', id: demo.id } }), []);
    assert.ok(await accounts.unassign(one));
    assert.not(await accounts.unassign(one));
    assert.equal(await accounts.assignments({ userId: alice.id }), [two]);
  });

  test('a role takes its assignments along', async ({ accounts }) => {
    await accounts.assign({ userId: alice.id, roleId: member.id, scope: onDemo });
    await accounts.assign({ userId: alice.id, roleId: reader.id, scope: onDemo });
    assert.ok(await accounts.removeRole(member.id));
    assert.not(await accounts.removeRole(member.id));
    assert.equal(await accounts.roles(), [reader]);
    assert.equal(await accounts.assignments({}), [{ userId: alice.id, roleId: reader.id, scope: onDemo }]);
  });

  test('a token comes back as it was put, whatever its scope', async ({ accounts }) => {
    const scopes = [onDemo, { on: 'domain', id: 'default' }, { on: 'system' }, null] as const;
    for (const [index, scope] of scopes.entries()) {
      const token = aToken({
        hash: `t${index}`,
        scope,
        methods: ['token', 'password'],
        auditIds: ['b', 'a'],
      });
      await accounts.putToken(token);
      assert.equal(await accounts.token(token.hash), token);
    }
    assert.is(await accounts.token('unknown'), undefined);
    assert.ok(await accounts.removeToken('t0'));
    assert.not(await accounts.removeToken('t0'));
    assert.is(await accounts.token('t0'), undefined);
  });

  test('tokens go by user, by scope, by both, and by age', async ({ accounts }) => {
    const put = [
      aToken({ hash: 'alice-demo' }),
      aToken({ hash: 'alice-other', scope: onOther }),
      aToken({ hash: 'bob-demo', userId: bob.id, expiresAt: 3_000 }),
      aToken({ hash: 'bob-none', userId: bob.id, scope: null, expiresAt: 4_000 }),
    ];
    const left = async () => {
      const found = await Promise.all(put.map(({ hash }) => accounts.token(hash)));
      return found.flatMap((token) => token?.hash ?? []);
    };
    for (const token of put) await accounts.putToken(token);
    await accounts.removeTokens({ userId: alice.id, scope: onDemo });
    assert.equal(await left(), ['alice-other', 'bob-demo', 'bob-none']);
    assert.is(await accounts.removeTokensExpired(2_000), 0, 'what expires now has not expired before');
    assert.is(await accounts.removeTokensExpired(2_001), 1);
    assert.equal(await left(), ['bob-demo', 'bob-none']);
    await accounts.removeTokens({ scope: onDemo });
    assert.equal(await left(), ['bob-none']);
    await accounts.removeTokens({ userId: bob.id });
    assert.equal(await left(), []);
  });

  test('many tokens are removed in steps, the first to expire first', async ({ accounts }) => {
    for (let n = 0; n < 5; n++) await accounts.putToken(aToken({ hash: `t${n}`, expiresAt: 1_000 - n }));
    assert.is(await accounts.removeTokensExpired(2_000, 2), 2);
    assert.ok(await accounts.token('t2'));
    assert.is(await accounts.token('t4'), undefined);
    assert.is(await accounts.removeTokens({ scope: onDemo }, 2), 2);
    assert.is(await accounts.removeTokens({ scope: onDemo }, 2), 1, 'no more are left');
    assert.is(await accounts.removeTokensExpired(2_000, 2), 0);
  });

  test('above the limit of a user the oldest tokens end, and nobody else’s', async ({ accounts }) => {
    await accounts.putToken(aToken({ hash: 'bobs', userId: bob.id, issuedAt: 1 }));
    await accounts.putToken(aToken({ hash: 'expired', issuedAt: 2, expiresAt: 5 }), 32);
    for (let n = 0; n < 31; n++)
      assert.equal(await accounts.putToken(aToken({ hash: `t${n}`, issuedAt: 10 + n }), 32), []);
    assert.equal(await accounts.putToken(aToken({ hash: 'next', issuedAt: 50 }), 32), [], 'the expired went');
    assert.is(await accounts.token('expired'), undefined);
    const ended = await accounts.putToken(aToken({ hash: 'last', issuedAt: 50 }), 32);
    assert.equal([...ended].sort(), ['t0', 't1', 't2']);
    assert.is(await accounts.token('t2'), undefined);
    for (const hash of ['t3', 'next', 'last', 'bobs']) assert.ok(await accounts.token(hash), hash);
  });

  test('a user has no more application credentials than the limit', async ({ accounts }) => {
    await accounts.putApplicationCredential(credential, 2);
    await accounts.putApplicationCredential({ ...credential, id: 'c2', name: 'two' }, 2);
    const third = accounts.putApplicationCredential({ ...credential, id: 'c3', name: 'three' }, 2);
    assert.is(await third.catch((error: unknown) => (error as DomainError).code), 'forbidden');
    await accounts.putApplicationCredential({ ...credential, id: 'c4', userId: bob.id }, 2);
    assert.is((await accounts.applicationCredentials(alice.id)).length, 2);
  });

  test('agent tokens are found by hash and removed by id', async ({ accounts }) => {
    const old: AgentToken = {
      id: 'g1',
      hash: 'h1',
      label: 'rack 1',
      hosts: ['c1', 'c2'],
      createdAt: 1,
      expiresAt: null,
    };
    const young: AgentToken = { ...old, id: 'g2', hash: 'h2', hosts: ['*'], createdAt: 2, expiresAt: 9 };
    for (const token of [old, young]) await accounts.putAgentToken(token);
    assert.equal(await accounts.agentToken('h1'), old);
    assert.is(await accounts.agentToken('g1'), undefined);
    assert.equal(await accounts.agentTokens(), [young, old]);
    assert.ok(await accounts.removeAgentToken('g1'));
    assert.not(await accounts.removeAgentToken('g1'));
    assert.equal(await accounts.agentTokens(), [young]);
  });

  test('an application credential takes its tokens along', async ({ accounts }) => {
    await accounts.putApplicationCredential(credential);
    assert.equal(await accounts.applicationCredential('c1'), credential);
    assert.equal(await accounts.applicationCredentials(alice.id), [credential]);
    assert.equal(await accounts.applicationCredentials(bob.id), []);
    await conflict(
      accounts.putApplicationCredential({ ...credential, id: 'c2' }),
      /application credential "bot"/,
    );
    await accounts.putApplicationCredential({ ...credential, id: 'c2', userId: bob.id });
    await accounts.putToken(aToken({ hash: 'c', applicationCredentialId: 'c1' }));
    assert.ok(await accounts.removeApplicationCredential('c1'));
    assert.not(await accounts.removeApplicationCredential('c1'));
    assert.is(await accounts.token('c'), undefined);
  });

  test('a new id takes all that hangs on the old one along', async ({ accounts }) => {
    await accounts.putUser({ ...alice, defaultProjectId: demo.id });
    await accounts.assign({ userId: alice.id, roleId: member.id, scope: onDemo });
    await accounts.putApplicationCredential(credential);
    await accounts.putToken(aToken({ applicationCredentialId: 'c1' }));
    await accounts.changeProjectId(demo.id, 'p-new');
    await accounts.changeUserId(alice.id, 'u-new');
    const scope: Scope = { on: 'project', id: 'p-new' };
    assert.is((await accounts.projectNamed('demo'))?.id, 'p-new');
    assert.equal(await accounts.userNamed('alice'), { ...alice, id: 'u-new', defaultProjectId: 'p-new' });
    assert.equal(await accounts.assignments({}), [{ userId: 'u-new', roleId: member.id, scope }]);
    assert.equal(await accounts.applicationCredentials('u-new'), [
      { ...credential, userId: 'u-new', projectId: 'p-new' },
    ]);
    assert.equal(
      await accounts.token('t1'),
      aToken({ userId: 'u-new', scope, applicationCredentialId: 'c1' }),
    );
    await conflict(accounts.changeProjectId('p-new', other.id), /p-other/);
    await conflict(accounts.changeUserId('u-new', bob.id), /u-bob/);
    assert.is((await accounts.userNamed('alice'))?.id, 'u-new');
  });

  for (const [what, remove] of [
    ['user', (accounts: Accounts) => accounts.removeUser(alice.id)],
    ['project', (accounts: Accounts) => accounts.removeProject(demo.id)],
  ] as const) {
    test(`a ${what} takes all that hangs on it along, and nothing else`, async ({ accounts }) => {
      await accounts.assign({ userId: alice.id, roleId: member.id, scope: onDemo });
      await accounts.assign({ userId: bob.id, roleId: member.id, scope: onOther });
      await accounts.putApplicationCredential(credential);
      await accounts.putToken(aToken());
      await accounts.putToken(aToken({ hash: 't2', applicationCredentialId: 'c1' }));
      await accounts.putToken(aToken({ hash: 't3', userId: bob.id, scope: onOther }));
      assert.ok(await remove(accounts));
      assert.not(await remove(accounts));
      assert.equal(await accounts.assignments({}), [{ userId: bob.id, roleId: member.id, scope: onOther }]);
      assert.is(await accounts.applicationCredential('c1'), undefined);
      assert.is(await accounts.token('t1'), undefined);
      assert.is(await accounts.token('t2'), undefined);
      assert.ok(await accounts.token('t3'));
    });
  }

  test.run();
}
