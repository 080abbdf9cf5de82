import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEmbeddedIdentity } from '../../../server/identity/embedded/create-embedded.ts';
import { FakeClock } from '../../support/clock.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';
import { CHEAP } from '../world.ts';

const test = suite<{ store: TestStore }>('first start');
test.before.each(async (context) => {
  context.store = await openTestStore();
});
test.after.each(({ store }) => store.close());

function identityOver({ accounts }: TestStore) {
  return createEmbeddedIdentity({ accounts, clock: new FakeClock(), tokenLifetime: 1_000, cost: CHEAP });
}

async function logsIn(store: TestStore, name: string, password: string): Promise<boolean> {
  return identityOver(store)
    .verifier.password({ name, domain: { id: 'default' } }, password, undefined)
    .then(
      () => true,
      () => false,
    );
}

test('a new database gets roles and an administrator with a password shown once', async ({ store }) => {
  const { generatedPassword } = await identityOver(store).bootstrap();
  assert.match(generatedPassword ?? '', /^[0-9a-f]{32}$/);
  assert.ok(await logsIn(store, 'admin', generatedPassword ?? ''));
  assert.equal(
    (await store.accounts.roles()).map(({ name }) => name),
    ['admin', 'fencer', 'manager', 'member', 'reader', 'service'],
  );
  assert.equal(await identityOver(store).bootstrap(), {}, 'the second start shows no password');
});

test('a given password counts at the first start only', async ({ store }) => {
  assert.equal(await identityOver(store).bootstrap({ adminPassword: 'given' }), {});
  await identityOver(store).bootstrap({ adminPassword: 'other' });
  assert.ok(await logsIn(store, 'admin', 'given'));
  assert.not(await logsIn(store, 'admin', 'other'));
});

const ADMIN_PROJECT = 'a0000000000000000000000000000001';
const ADMIN_USER = '80d05a47b0824813adb54385782dd489';

async function seed(store: TestStore): Promise<void> {
  const { directory } = identityOver(store);
  const project = await directory.ensureProject({ id: ADMIN_PROJECT, name: 'admin' });
  const user = await directory.ensureUser({ id: ADMIN_USER, name: 'admin', password: 'seeded' });
  await directory.ensureRole(user.id, project.id, 'admin');
}

for (const [when, first, second] of [
  ['before', seed, (store: TestStore) => identityOver(store).bootstrap()],
  ['after', (store: TestStore) => identityOver(store).bootstrap({ adminPassword: 'first' }), seed],
] as const) {
  test(`a seed ${when} the first start decides admin's ids and password`, async ({ store }) => {
    await first(store);
    assert.is.not((await second(store))?.generatedPassword, '');
    await seed(store);
    assert.equal(
      (await store.accounts.projects()).map(({ id }) => id),
      [ADMIN_PROJECT],
    );
    assert.equal(
      (await store.accounts.users()).map(({ id }) => id),
      [ADMIN_USER],
    );
    assert.ok(await logsIn(store, 'admin', 'seeded'));
    const held = await store.accounts.assignments({ userId: ADMIN_USER });
    assert.ok(held.some(({ scope }) => scope.on === 'project' && scope.id === ADMIN_PROJECT));
  });
}

test('seeding twice changes nothing; a token in use stays good', async ({ store }) => {
  const identity = identityOver(store);
  await seed(store);
  const { secret } = await identity.logins.logIn(
    [{ method: 'password', user: { id: ADMIN_USER }, password: 'seeded' }],
    { to: 'project', project: { id: ADMIN_PROJECT } },
    undefined,
  );
  await seed(store);
  assert.ok(await identity.authenticator.authenticate({ token: secret }));
});

test('a seed that gives a used name another id, or an unknown role, is refused', async ({ store }) => {
  const { directory } = identityOver(store);
  await directory.ensureProject({ id: 'p1', name: 'demo' });
  await directory.ensureUser({ id: 'u1', name: 'alice', password: 'pw' });
  const refused = async (write: Promise<unknown>, word: RegExp) =>
    write.then(
      () => assert.unreachable(),
      (error: unknown) => assert.match(String(error), word),
    );
  await refused(directory.ensureProject({ id: 'p2', name: 'demo' }), /project "demo"/);
  await refused(directory.ensureUser({ id: 'u2', name: 'alice', password: 'pw' }), /user "alice"/);
  await refused(directory.ensureRole('alice', 'demo', 'membr'), /role: membr/);
  await refused(directory.ensureRole('alice', 'dmeo', 'member'), /project: dmeo/);
});

test.run();
