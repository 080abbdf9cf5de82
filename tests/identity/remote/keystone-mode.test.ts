import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfig } from '../../../server/config/load.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import { withAccessRules } from '../../../server/identity/access-rules/ruled-authenticator.ts';
import { keystoneSettings } from '../../../server/identity/remote/keystone-settings.ts';
import { KeystoneVerifier } from '../../../server/identity/remote/keystone-verifier.ts';
import { REFUSAL_KEPT } from '../../../server/identity/remote/remote-authenticator.ts';
import { aKeystoneToken, type FakeKeystone, startFakeKeystone } from './fake-keystone.ts';
import { keystoneSettingsOf } from './settings.ts';
import { CACHE_MS, openRemoteWorld, type RemoteWorld } from './world.ts';

interface Context {
  world: RemoteWorld;
  keystone: FakeKeystone;
  /** How long it is waited for, from the next question on. */
  patience: (ms: number) => void;
  end: () => Promise<void>;
}

const test = suite<Context>('Keystone mode');

async function open(
  env: Record<string, string> = {},
  options: { cacheSize?: number } = {},
): Promise<Context> {
  const opened = Promise.withResolvers<FakeKeystone>();
  let settings: { timeout: number } | undefined;
  const world = await openRemoteWorld(async (clock, logger) => {
    const keystone = await startFakeKeystone(clock);
    opened.resolve(keystone);
    keystone.tokens.set('good', aKeystoneToken(clock));
    const own = { ...keystoneSettingsOf(keystone.url, env) };
    settings = own;
    return new KeystoneVerifier({ settings: own, clock, logger });
  }, options);
  const keystone = await opened.promise;
  const end = async () => {
    await world.close();
    await keystone.close();
  };
  const patience = (ms: number) => void Object.assign(settings ?? {}, { timeout: ms });
  return { world, keystone, patience, end };
}

test.before.each(async (context) => void Object.assign(context, await open()));
test.after.each(({ end }) => end());

/** Lets a user in by the good token. @returns the revocations that will be reported */
async function letIn({ authenticator }: RemoteWorld): Promise<readonly unknown[]> {
  const identity = await authenticator.authenticate({ token: 'good' });
  assert.ok(identity);
  const reported: unknown[] = [];
  authenticator.onRevoked(
    (gone) => reported.push(gone),
    () => [identity],
  );
  return reported;
}

async function unavailable(ask: Promise<unknown>): Promise<string> {
  const error = await ask.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, DomainError);
  assert.is((error as DomainError).code, 'unavailable');
  return (error as DomainError).message;
}

test('Keystone is asked as its own middleware asks, once for many, and cached', async (context) => {
  const { authenticator } = context.world;
  await Promise.all(Array.from({ length: 20 }, () => authenticator.authenticate({ token: 'good' })));
  await authenticator.authenticate({ token: 'good' });
  const { asked, logins } = context.keystone;
  assert.is(asked.length, 1);
  assert.is(logins.length, 1);
  assert.is(asked[0]?.method, 'GET');
  const { 'openstack-identity-access-rules': rules, 'x-auth-token': own } = asked[0]?.headers ?? {};
  assert.equal([rules, own], ['1.0', 'service-1']);
  context.world.clock.advance(CACHE_MS);
  await authenticator.authenticate({ token: 'good' });
  assert.is(asked.length, 2, 'and asked again when the answer is old');
});

test('hostbeat logs in there as a user of a project, or by application credential', async ({
  world,
  keystone,
}) => {
  await world.authenticator.authenticate({ token: 'good' });
  const { auth } = keystone.logins[0] as { auth: { identity: { methods: string[] }; scope: unknown } };
  assert.equal(auth.identity.methods, ['password']);
  assert.equal(auth.scope, { project: { name: 'service', domain: { name: 'Default' } } });
  const other = await open({
    HOSTBEAT_KEYSTONE_PASSWORD: '',
    HOSTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_ID: 'id',
    HOSTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_SECRET: 's',
  });
  await other.world.authenticator.authenticate({ token: 'good' });
  assert.equal(other.keystone.logins, [
    {
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id: 'id', secret: 's' } },
      },
    },
  ]);
  await other.end();
});

test('when our own token is refused we log in once more, unnoticed by the user', async (context) => {
  const { keystone, world } = context;
  await world.authenticator.authenticate({ token: 'good' });
  keystone.forgetService();
  assert.is(await world.authenticator.authenticate({ token: 'bad' }), undefined);
  assert.is(keystone.logins.length, 2);
  world.clock.advance(3_600_000);
  keystone.tokens.set('later', aKeystoneToken(world.clock));
  assert.ok(await world.authenticator.authenticate({ token: 'later' }));
  assert.is(keystone.logins.length, 3, 'and one that is about to end is replaced before it is used');
});

test('however short our own tokens are, we do not log in for every question', async ({ world, keystone }) => {
  keystone.lifetime = 0;
  for (let i = 0; i < 5; i++) await world.authenticator.authenticate({ token: `t${i}` });
  assert.is(keystone.logins.length, 1);
  world.clock.advance(1_000);
  await world.authenticator.authenticate({ token: 't5' });
  assert.is(keystone.logins.length, 2);
});

test('when our own user is refused no caller is unauthorized, and we stop trying', async (context) => {
  const { keystone, world } = context;
  keystone.refusesLogin = true;
  for (let i = 0; i < 5; i++) await unavailable(world.authenticator.authenticate({ token: `t${i}` }));
  assert.is(keystone.logins.length, 1);
  const said = world.log.join();
  assert.match(said, 'HOSTBEAT_KEYSTONE_USERNAME');
  assert.not.match(said, 'service-password');
});

test('404 is a bad token; 401, 403, 5xx and nonsense are not the user’s fault', async (context) => {
  const { keystone, world } = context;
  assert.is(await world.authenticator.authenticate({ token: 'unknown' }), undefined);
  for (const status of [401, 403, 500, 503, 429, 302]) {
    keystone.mood = status;
    const words = await unavailable(world.authenticator.authenticate({ token: `t${status}` }));
    assert.not.match(words, keystone.url, 'where Keystone stands is for the log');
    keystone.mood = 'up';
    world.clock.advance(15_000);
    assert.ok(await world.authenticator.authenticate({ token: 'good' }));
    world.clock.advance(CACHE_MS);
  }
  assert.match(world.log.join(), 'role service');
  keystone.tokens.set('odd', { user: 'alice' });
  await unavailable(world.authenticator.authenticate({ token: 'odd' }));
});

test('a silent Keystone stalls no request for long, and cached tokens stay valid', async (context) => {
  const { keystone, world, patience } = context;
  const { authenticator, clock } = world;
  assert.ok(await authenticator.authenticate({ token: 'good' }));
  keystone.mood = 'hanging';
  patience(200);
  for (const token of ['a', 'b', 'c']) await unavailable(authenticator.authenticate({ token }));
  keystone.mood = 'up';
  patience(5_000);
  keystone.tokens.set('d', aKeystoneToken(clock));
  await unavailable(authenticator.authenticate({ token: 'd' }));
  assert.ok(await authenticator.authenticate({ token: 'good' }), 'known and not old');
  const before = keystone.asked.length;
  clock.advance(1_000);
  const [first, second] = await Promise.allSettled([
    authenticator.authenticate({ token: 'd' }),
    authenticator.authenticate({ token: 'good2' }),
  ]);
  assert.equal(
    [first.status, second.status],
    ['fulfilled', 'rejected'],
    'one finds out, the rest do not wait',
  );
  assert.is(keystone.asked.length, before + 1);
  assert.ok(world.log.some((line) => line === 'Keystone answers again'));
});

test('a port where nobody listens is the same as a Keystone that does not answer', async () => {
  const context = await open();
  await context.keystone.close();
  await unavailable(context.world.authenticator.authenticate({ token: 'good' }));
  await context.world.close();
});

test('no authenticated client is disconnected because Keystone is unreachable', async ({
  world,
  keystone,
}) => {
  const reported = await letIn(world);
  keystone.mood = 503;
  await world.bound();
  assert.equal(reported, []);
  keystone.mood = 'up';
  keystone.tokens.clear();
  await world.bound();
  assert.is(reported.length, 1, 'but what happened meanwhile is found out');
});

test('changed roles of a valid token are announced and take effect', async (context) => {
  const { world, keystone } = context;
  const reported = await letIn(world);
  keystone.tokens.set('good', { ...keystone.tokens.get('good'), roles: [{ id: 'r2', name: 'reader' }] });
  await world.bound();
  assert.equal(reported, [{ userId: 'u-alice', projectId: 'p-demo' }]);
  assert.equal((await world.authenticator.authenticate({ token: 'good' }))?.roles, ['reader']);
  await world.bound();
  assert.is(reported.length, 1);
});

test('the cache is bounded; open connections are checked again even when forgotten', async () => {
  const { world, keystone, end } = await open({}, { cacheSize: 100 });
  const reported = await letIn(world);
  for (let i = 0; i < 150; i++) await world.authenticator.authenticate({ token: `t${i}` });
  assert.is(world.authenticator.cached, 100);
  keystone.tokens.clear();
  await world.bound();
  assert.is(reported.length, 1);
  await end();
});

test('a refusal is remembered for a moment only', async ({ world, keystone }) => {
  for (let i = 0; i < 10; i++) await world.authenticator.authenticate({ token: 'early' });
  assert.is(keystone.asked.length, 1);
  keystone.tokens.set('early', aKeystoneToken(world.clock));
  world.clock.advance(REFUSAL_KEPT);
  assert.ok(await world.authenticator.authenticate({ token: 'early' }));
});

test('an administrator of a domain or of the system is none of the cloud', async ({ world, keystone }) => {
  const roles = [{ id: 'r', name: 'admin' }];
  for (const scope of [{ domain: { id: 'd', name: 'd' } }, { system: { all: true } }]) {
    keystone.tokens.set('wide', aKeystoneToken(world.clock, { project: undefined, roles, ...scope }));
    const identity = await world.authenticator.authenticate({ token: 'wide' });
    assert.equal([identity?.roles, identity?.projectId], [[], null]);
    world.clock.advance(CACHE_MS);
  }
});

test('a token with access rules is good for the requests that they name', async ({ world, keystone }) => {
  const credential = { id: 'c', name: 'c', restricted: true };
  keystone.tokens.set('plain', aKeystoneToken(world.clock, { application_credential: credential }));
  const access_rules = [{ service: 'compute', method: 'GET', path: '/v2.1/servers' }];
  keystone.tokens.set(
    'narrow',
    aKeystoneToken(world.clock, { application_credential: { ...credential, access_rules } }),
  );
  keystone.tokens.set(
    'nothing',
    aKeystoneToken(world.clock, { application_credential: { ...credential, access_rules: [] } }),
  );
  const ruled = withAccessRules(world.authenticator);
  const isGood = async (token: string, method: string, path: string) =>
    (await ruled.authenticate({ token, request: { method, path } })) !== undefined;
  assert.ok(await isGood('plain', 'DELETE', '/v2.1/servers/x'));
  assert.ok(await isGood('narrow', 'GET', '/v2.1/servers'));
  assert.not(await isGood('narrow', 'POST', '/v2.1/servers'));
  assert.not(await isGood('narrow', 'GET', '/v2.1/servers/detail'));
  assert.not(await isGood('nothing', 'GET', '/v2.1/servers'), 'an empty list allows nothing');
  assert.is(await ruled.authenticate({ token: 'narrow' }), undefined, 'no request, no judgement');
});

test('a renewed password is tried at once, although the old one was refused', async ({ keystone, world }) => {
  const env = {
    HOSTBEAT_AUTH: 'keystone',
    HOSTBEAT_KEYSTONE_URL: keystone.url,
    HOSTBEAT_KEYSTONE_PASSWORD: 'old',
  };
  const { config, secrets } = loadConfig({ env });
  const inForce = { ...secrets };
  const logger = { info() {}, warn() {} };
  const settings = keystoneSettings(config, inForce);
  const verifier = new KeystoneVerifier({ settings, clock: world.clock, logger });
  const passwords = () =>
    keystone.logins.splice(0).map((login) => /"password":"(\w+)"/.exec(JSON.stringify(login))?.[1]);
  keystone.refusesLogin = true;
  passwords();
  for (let i = 0; i < 5; i++) await unavailable(verifier.verify('good'));
  assert.equal(passwords(), ['old'], 'it is not guessed on');
  keystone.refusesLogin = false;
  inForce.keystonePassword = 'new';
  verifier.secretsRenewed();
  assert.ok(await verifier.verify('good'));
  assert.equal(passwords(), ['new']);
});

test.run();
