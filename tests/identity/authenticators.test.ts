import { KeystoneVerifier } from '../../server/identity/remote/keystone-verifier.ts';
import { OidcVerifier } from '../../server/identity/remote/oidc-verifier.ts';
import { authenticatorContract } from '../contract/authenticator.contract.ts';
import { type FakeIssuer, startFakeIssuer } from './remote/fake-issuer.ts';
import { aKeystoneToken, type FakeKeystone, startFakeKeystone } from './remote/fake-keystone.ts';
import { keystoneSettingsOf, oidcSettingsOf } from './remote/settings.ts';
import { openRemoteWorld } from './remote/world.ts';
import { onProject, openWorld } from './world.ts';

const ALICE = { userId: 'u-alice', userName: 'alice', projectId: 'p-demo' };

authenticatorContract('embedded accounts', async () => {
  const world = await openWorld();
  return {
    ...world.identity,
    clock: world.clock,
    alice: { userId: world.ids.alice, userName: 'alice', projectId: world.ids.demo },
    token: async (scope) =>
      (await world.logIn('alice', 'alicepw', scope === 'demo' ? onProject('demo') : 'unscoped')).token,
    revoke: async (token) =>
      void (await world.ask('DELETE', '/auth/tokens', token, undefined, { 'X-Subject-Token': token })),
    bound: async () => {},
    close: world.close,
  };
});

authenticatorContract('a Keystone', async () => {
  let keystone: FakeKeystone | undefined;
  const world = await openRemoteWorld(async (clock, logger) => {
    keystone = await startFakeKeystone(clock);
    return new KeystoneVerifier({ settings: keystoneSettingsOf(keystone.url), clock, logger });
  });
  let made = 0;
  return {
    ...world,
    alice: ALICE,
    async token(scope) {
      const token = `gAAAA-${++made}`;
      const over = scope === 'demo' ? {} : { project: undefined, roles: undefined };
      keystone?.tokens.set(token, aKeystoneToken(world.clock, over));
      return token;
    },
    revoke: async (token) => void keystone?.tokens.delete(token),
    async close() {
      await world.close();
      await keystone?.close();
    },
  };
});

authenticatorContract('an OIDC issuer', async () => {
  let issuer: FakeIssuer | undefined;
  const world = await openRemoteWorld(async (clock, logger) => {
    issuer = await startFakeIssuer(clock);
    return new OidcVerifier({ settings: oidcSettingsOf(issuer.url), clock, logger, keysCooldown: 0 });
  });
  return {
    ...world,
    alice: ALICE,
    token: async (scope) => (await issuer?.sign(scope === 'demo' ? {} : { project_id: undefined })) ?? '',
    // A signed token is good as long as its key is.
    revoke: async () => issuer?.published.clear(),
    async close() {
      await world.close();
      await issuer?.close();
    },
  };
});
