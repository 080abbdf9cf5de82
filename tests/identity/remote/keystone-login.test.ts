import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KeystoneLogin } from '../../../server/identity/remote/keystone-login.ts';
import { FakeClock } from '../../support/clock.ts';
import { type FakeKeystone, startFakeKeystone } from './fake-keystone.ts';
import { keystoneSettingsOf } from './settings.ts';

interface Context {
  keystone: FakeKeystone;
  login: KeystoneLogin;
}

const test = suite<Context>('login of hostbeat at Keystone', {} as never);

test.before.each(async (context) => {
  const clock = new FakeClock();
  context.keystone = await startFakeKeystone(clock);
  context.login = new KeystoneLogin(keystoneSettingsOf(context.keystone.url), clock);
});
test.after.each(({ keystone }) => keystone.close());

test('questions at the same time wait for one login', async ({ keystone, login }) => {
  const tokens = await Promise.all([login.token(), login.token(), login.token()]);
  assert.is(new Set(tokens).size, 1);
  assert.is(keystone.logins.length, 1);
});

test('a token that was refused is replaced, and only that one', async ({ keystone, login }) => {
  const first = await login.token();
  login.forget(first);
  const second = await login.token();
  assert.is.not(second, first);
  // The refusal of the first one arrives again, from a question that was under way.
  login.forget(first);
  assert.is(await login.token(), second);
  assert.is(keystone.logins.length, 2);
});

test.run();
