/** A login hashes a password again at today's cost. What is changed while it hashes stays changed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LoginThrottle } from '../../../server/identity/embedded/login-throttle.ts';
import { Passwords } from '../../../server/identity/embedded/passwords.ts';
import { CredentialVerifier } from '../../../server/identity/embedded/verify-credentials.ts';
import { systemRandom } from '../../../server/identity/tokens/secrets.ts';
import type { User } from '../../../server/ports/accounts.ts';
import { CHEAP, openWorld, type World } from '../world.ts';

const test = suite<{ world: World }>('rehashed passwords');
test.before.each(async (context) => {
  context.world = await openWorld();
  const { accounts } = context.world.store;
  const alice = (await accounts.user(context.world.ids.alice)) as User;
  const passwordHash = await new Passwords(systemRandom, { ln: 5, r: 1, p: 1 }).hash('alicepw');
  await accounts.putUser({ ...alice, passwordHash });
});
test.after.each(({ world }) => world.close());

/** Logs alice in, and does something else just before the new hash of her password is ready. */
async function loginWhile(world: World, meanwhile: () => Promise<unknown>): Promise<void> {
  const passwords = new (class extends Passwords {
    override async hash(password: string): Promise<string> {
      const hash = await super.hash(password);
      await meanwhile();
      return hash;
    }
  })(systemRandom, CHEAP);
  const { clock } = world;
  const verifier = new CredentialVerifier({
    accounts: world.store.accounts,
    passwords,
    throttle: new LoginThrottle(clock, async () => {}),
    clock,
  });
  await verifier.password({ id: world.ids.alice }, 'alicepw');
}

test('a rehash never brings an old password back', async ({ world }) => {
  const { directory } = world.identity;
  await loginWhile(world, () => directory.updateUser(world.ids.alice, { password: 'changed' }));
  assert.is((await world.logIn('alice', 'alicepw')).status, 401);
  assert.is((await world.logIn('alice', 'changed')).status, 201);
});

test('a rehash takes back nothing else that was changed', async ({ world }) => {
  const { directory } = world.identity;
  await loginWhile(world, () => directory.updateUser(world.ids.alice, { name: 'alicia', enabled: false }));
  const user = await world.store.accounts.user(world.ids.alice);
  assert.equal([user?.name, user?.enabled], ['alicia', false]);
});

test.run();
