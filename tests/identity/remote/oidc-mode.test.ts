import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import { OidcVerifier } from '../../../server/identity/remote/oidc-verifier.ts';
import { FakeClock } from '../../support/clock.ts';
import { type FakeIssuer, startFakeIssuer } from './fake-issuer.ts';
import { oidcSettingsOf } from './settings.ts';
import type { Log } from './world.ts';

interface Context {
  clock: FakeClock;
  issuer: FakeIssuer;
  log: string[];
  verifier: (
    env?: Record<string, string>,
    over?: { keysMaxAge?: number; keysCooldown?: number },
  ) => OidcVerifier;
}

const test = suite<Context>('OIDC mode');

test.before.each(async (context) => {
  context.clock = new FakeClock();
  context.issuer = await startFakeIssuer(context.clock);
  context.log = [];
  const write = (_: unknown, text?: string) => void context.log.push(text ?? '');
  const logger: Log = { info: write, warn: write, error: write };
  context.verifier = (env = {}, { keysMaxAge = 0, keysCooldown = 0 } = {}) =>
    new OidcVerifier({
      settings: { ...oidcSettingsOf(context.issuer.url, env), keysMaxAge },
      clock: context.clock,
      logger,
      keysCooldown,
    });
});
test.after.each(({ issuer }) => issuer.close());

test('claims become an identity by the settings, and give nothing else', async (context) => {
  const { issuer, clock } = context;
  const token = await issuer.sign({
    email: 'alice@example.com',
    tenant: { id: 'p-7' },
    realm_access: { roles: ['cloud-ops', 'admin', 'dev', 7] },
  });
  const identity = await context
    .verifier({
      HOSTBEAT_OIDC_USERNAME_CLAIM: 'email',
      HOSTBEAT_OIDC_PROJECT_CLAIM: 'tenant.id',
      HOSTBEAT_OIDC_ROLES_CLAIM: 'realm_access.roles',
      HOSTBEAT_OIDC_ROLES: 'cloud-ops=admin,cloud-ops=reader,dev=member',
      HOSTBEAT_OIDC_CLOCK_SKEW: '0',
    })
    .verify(token);
  assert.equal(identity, {
    kind: 'user',
    userId: 'u-alice',
    userName: 'alice@example.com',
    userDomainId: issuer.url,
    projectId: 'p-7',
    projectName: 'p-7',
    projectDomainId: issuer.url,
    isAdminProject: true,
    roles: ['admin', 'reader', 'member'],
    expiresAt: clock.now() + 3_600_000,
    hosts: [],
  });
  const plain = await context.verifier().verify(await issuer.sign({ roles: ['admin'] }));
  assert.equal(plain?.roles, [], 'a role called admin is none of ours unless somebody says so');
});

test('a claim whose name holds dots is found, and so are roles in one text', async ({ issuer, verifier }) => {
  const names = {
    HOSTBEAT_OIDC_PROJECT_CLAIM: 'https://cloud.example/project',
    HOSTBEAT_OIDC_ROLES_CLAIM: 'scope',
  };
  const claims = { 'https://cloud.example/project': 'p-8', scope: 'openid member' };
  const identity = await verifier(names).verify(await issuer.sign(claims));
  assert.equal([identity?.projectId, identity?.roles], ['p-8', ['member']]);
});

test('a token of another issuer or audience, too old or without user is refused', async (context) => {
  const { issuer, clock } = context;
  const verifier = context.verifier();
  const now = Math.floor(clock.now() / 1_000);
  assert.ok(await verifier.verify(await issuer.sign({ aud: ['others', 'hostbeat'] })));
  for (const claims of [
    { iss: `${issuer.url}/` },
    { aud: 'others' },
    { aud: undefined },
    { exp: now - 31 },
    { exp: undefined },
    { nbf: now + 31 },
    { sub: undefined },
    { sub: '' },
  ])
    assert.is(await verifier.verify(await issuer.sign(claims)), undefined, JSON.stringify(claims));
  assert.ok(await verifier.verify(await issuer.sign({ exp: now - 29, nbf: now + 29 })), 'clocks differ');
});

test('a signature by a secret, by nobody, or by an algorithm not named is none', async ({
  issuer,
  verifier,
}) => {
  const oidc = verifier();
  const good = await issuer.sign();
  assert.ok(await oidc.verify(good));
  const claims = JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString());
  assert.is(await oidc.verify(new UnsecuredJWT(claims).encode()), undefined);
  // The classic: the public key, which everybody has, taken for the secret of an HMAC.
  const [kid, jwk] = [...issuer.published][0] ?? ['', {}];
  const pem = await exportSPKI((await importJWK(jwk, 'ES256', { extractable: true })) as CryptoKey);
  const forged = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid });
  assert.is(await oidc.verify(await forged.sign(new TextEncoder().encode(pem))), undefined);
  assert.is(await verifier({ HOSTBEAT_OIDC_ALGORITHMS: 'RS256' }).verify(good), undefined);
  const [header, , signature] = good.split('.');
  const other = Buffer.from(JSON.stringify({ ...claims, sub: 'u-root' })).toString('base64url');
  assert.is(await oidc.verify(`${header}.${other}.${signature}`), undefined);
});

test('a new key is taken without a restart, a withdrawn one no longer', async ({ issuer, verifier }) => {
  const oidc = verifier({}, { keysMaxAge: 3_600_000 });
  const old = await issuer.sign();
  assert.ok(await oidc.verify(old));
  await issuer.rotate();
  assert.ok(await oidc.verify(await issuer.sign()), 'looked for as soon as a token names it');
  assert.ok(await oidc.verify(old));
  assert.equal(issuer.fetched, { discovery: 1, keys: 2 });
  issuer.published.delete('key-1');
  const strict = verifier();
  assert.is(await strict.verify(old), undefined);
  assert.ok(await strict.verify(await issuer.sign()));
});

test('tokens that name keys which do not exist do not make us ask for each', async ({ issuer, verifier }) => {
  const oidc = verifier({}, { keysMaxAge: 3_600_000, keysCooldown: 60_000 });
  for (let i = 0; i < 20; i++)
    assert.is(await oidc.verify(await issuer.sign({}, { kid: `none-${i}` })), undefined);
  assert.ok(issuer.fetched.keys <= 2, `${issuer.fetched.keys} times`);
});

test('an issuer that does not answer refuses no token: the answer is unavailable', async (context) => {
  const { issuer, clock } = context;
  const token = await issuer.sign();
  issuer.mood = 'hanging';
  await unavailable(context.verifier({ HOSTBEAT_AUTH_TIMEOUT: '0.2' }).verify(token));
  const verifier = context.verifier();
  for (const mood of [500, 404] as const) {
    issuer.mood = mood;
    await unavailable(verifier.verify(token));
    clock.advance(15_000);
  }
  issuer.mood = 'up';
  issuer.issuer = 'https://sso.example';
  await unavailable(verifier.verify(token));
  assert.match(context.log.join(), 'HOSTBEAT_OIDC_ISSUER');
  const asked = issuer.fetched.discovery;
  await unavailable(verifier.verify(token));
  assert.is(issuer.fetched.discovery, asked, 'and is not asked at once again');
  issuer.issuer = issuer.url;
  clock.advance(15_000);
  assert.ok(await verifier.verify(await issuer.sign()));
});

test('keys may be named without discovery', async ({ issuer, verifier }) => {
  const named = verifier({ HOSTBEAT_OIDC_JWKS_URL: `${issuer.url}/keys` });
  assert.ok(await named.verify(await issuer.sign()));
  assert.equal(issuer.fetched, { discovery: 0, keys: 1 });
});

async function unavailable(ask: Promise<unknown>): Promise<void> {
  const error = await ask.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, DomainError);
  assert.is((error as DomainError).code, 'unavailable');
}

test.run();
