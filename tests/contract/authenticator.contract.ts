import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { IssuedSecrets } from '../../server/identity/embedded/issued-secrets.ts';
import type { Authenticator, Identity } from '../../server/identity/identity.ts';
import type { FakeClock } from '../support/clock.ts';

/** Alice, member in project demo, and the ways in which she and her tokens change. */
export interface OpenedAuthenticator {
  readonly authenticator: Authenticator;
  readonly clock: FakeClock;
  readonly issued: IssuedSecrets;
  readonly alice: Pick<Identity, 'userId' | 'userName' | 'projectId'>;
  /** A token of hers that lasts an hour: on her project, or on none. */
  token(scope: 'demo' | 'none'): Promise<string>;
  /** Wherever tokens are kept, this one is worth nothing from now on. */
  revoke(token: string): Promise<void>;
  /** Lets as much time pass as an authenticator may take to notice. */
  bound(): Promise<void>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** What every authenticator must do, whatever its source of users. */
export function authenticatorContract(name: string, open: () => Promise<OpenedAuthenticator>): void {
  const test = suite<OpenedAuthenticator>(`authenticator: ${name}`);
  test.before.each(async (context) => void Object.assign(context, await open()));
  test.after.each((context) => context.close());

  test('a token is its user, project and roles', async ({ authenticator, token, alice }) => {
    const identity = await authenticator.authenticate({ token: await token('demo'), address: '192.0.2.1' });
    assert.ok(identity);
    const { kind, userId, userName, projectId, roles, hosts } = identity;
    assert.equal({ kind, userId, userName, projectId, hosts }, { kind: 'user', ...alice, hosts: [] });
    assert.ok(roles.includes('member'));
    assert.not.ok(roles.includes('admin'));
  });

  test('a token of no project has none', async ({ authenticator, token, alice }) => {
    const identity = await authenticator.authenticate({ token: await token('none') });
    assert.is(identity?.userId, alice.userId);
    assert.is(identity?.projectId, null);
    assert.is(identity?.projectName, null);
  });

  test('a text that is not a token identifies nobody, whatever it looks like', async ({
    authenticator,
    token,
  }) => {
    const good = await token('demo');
    for (const bad of [
      '',
      'x',
      `${good}x`,
      'ünïcode',
      'a\r\nX-Auth-Token: b',
      '\0',
      'a'.repeat(100_000),
      'hba_x',
    ])
      assert.is(await authenticator.authenticate({ token: bad }), undefined, bad.slice(0, 20));
    assert.ok(await authenticator.authenticate({ token: good }));
  });

  test('a token ends when it says, however well it is known', async ({ authenticator, token, clock }) => {
    const secret = await token('demo');
    const identity = await authenticator.authenticate({ token: secret });
    assert.ok(identity?.expiresAt);
    assert.ok(identity.expiresAt - clock.now() <= HOUR_MS + 60_000);
    clock.advance(identity.expiresAt - clock.now() - 1);
    assert.ok(await authenticator.authenticate({ token: secret }));
    clock.advance(1);
    assert.is(await authenticator.authenticate({ token: secret }), undefined);
  });

  test('a revocation takes effect within the bound and reaches its listeners', async (context) => {
    const { authenticator, token, alice, revoke, bound } = context;
    const secret = await token('demo');
    const letIn = await authenticator.authenticate({ token: secret });
    assert.ok(letIn);
    const sent: unknown[] = [];
    authenticator.onRevoked(
      ({ userId, projectId }) => sent.push({ userId, projectId }),
      () => [letIn],
    );
    await bound();
    assert.equal(sent, [], 'nothing is reported of a good token');
    await revoke(secret);
    await bound();
    assert.equal(sent, [{ userId: alice.userId, projectId: alice.projectId }]);
    assert.is(await authenticator.authenticate({ token: secret }), undefined);
    await bound();
    assert.is(sent.length, 1, 'it is reported once');
  });

  test('a listener that was removed is not called', async ({ authenticator, token, revoke, bound }) => {
    const secret = await token('demo');
    const letIn = await authenticator.authenticate({ token: secret });
    const sent: unknown[] = [];
    const stop = authenticator.onRevoked(
      (gone) => sent.push(gone),
      () => (letIn === undefined ? [] : [letIn]),
    );
    stop();
    await revoke(secret);
    await bound();
    assert.equal(sent, []);
  });

  test('many who show one token at once get one answer', async ({ authenticator, token }) => {
    const secret = await token('demo');
    const all = await Promise.all(
      Array.from({ length: 50 }, () => authenticator.authenticate({ token: secret })),
    );
    for (const identity of all) assert.equal(identity, all[0]);
    assert.ok(all[0]);
  });

  test("agents' tokens are our own: good for their hosts, gone at once", async ({
    authenticator,
    issued,
  }) => {
    const { secret, token } = await issued.issueAgentToken({ label: 'rack 1', hosts: ['c1', 'c2'] });
    const identity = await authenticator.authenticate({ token: secret });
    assert.equal([identity?.kind, identity?.hosts, identity?.roles], ['agent', ['c1', 'c2'], []]);
    const sent: unknown[] = [];
    authenticator.onRevoked((gone) => sent.push(gone));
    await issued.revokeAgentToken(token.id);
    assert.equal(sent, [{ userId: token.id }]);
    assert.is(await authenticator.authenticate({ token: secret }), undefined);
  });

  test.run();
}
