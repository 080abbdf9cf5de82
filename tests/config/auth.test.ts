import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, loadConfig } from '../../server/config/load.ts';

const test = suite('settings of identity');

const KEYSTONE = {
  HOSTBEAT_AUTH: 'keystone',
  HOSTBEAT_KEYSTONE_URL: 'https://keystone.example:5000/v3',
  HOSTBEAT_KEYSTONE_PASSWORD: 'pw',
};
const OIDC = {
  HOSTBEAT_AUTH: 'oidc',
  HOSTBEAT_OIDC_ISSUER: 'https://sso.example/realms/cloud',
  HOSTBEAT_OIDC_AUDIENCE: 'hostbeat',
};

function problems(env: Record<string, string>): readonly string[] {
  try {
    loadConfig({ env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const warnings = (env: Record<string, string>) => loadConfig({ env }).warnings;

test('the least that each mode needs is enough, and nothing is warned of', () => {
  assert.equal(warnings(KEYSTONE), []);
  assert.equal(warnings(OIDC), []);
  assert.equal(warnings({}), []);
});

test('settings that a mode requires are asked for by name', () => {
  const missing = problems({ HOSTBEAT_AUTH: 'keystone' });
  assert.is(missing.length, 2);
  assert.match(missing[0] ?? '', /^HOSTBEAT_KEYSTONE_URL is missing/);
  assert.match(missing[1] ?? '', /^HOSTBEAT_KEYSTONE_PASSWORD is missing/);
  const claims = problems({ HOSTBEAT_AUTH: 'oidc' });
  assert.match(claims[0] ?? '', /^HOSTBEAT_OIDC_ISSUER is missing/);
  assert.match(claims[1] ?? '', /^HOSTBEAT_OIDC_AUDIENCE is missing/);
});

test('an application credential is both halves, and instead of a password', () => {
  const { HOSTBEAT_KEYSTONE_PASSWORD: _, ...bare } = KEYSTONE;
  const id = { HOSTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_ID: 'id' };
  const secret = { HOSTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_SECRET: 's' };
  assert.equal(problems({ ...bare, ...id, ...secret }), []);
  assert.match(problems({ ...bare, ...id })[0] ?? '', 'CREDENTIAL_SECRET is missing');
  assert.match(problems({ ...bare, ...secret })[0] ?? '', 'CREDENTIAL_ID is missing');
  assert.match(problems({ ...KEYSTONE, ...id, ...secret })[0] ?? '', 'remove one of them');
});

test('a signature that any verifier could make is never accepted', () => {
  for (const name of ['HS256', 'none', 'dir'])
    assert.match(problems({ ...OIDC, HOSTBEAT_OIDC_ALGORITHMS: `RS256,${name}` })[0] ?? '', `"${name}"`);
});

test('secrets on a readable way, and settings that are passed over, are warned of', () => {
  assert.match(
    warnings({ ...KEYSTONE, HOSTBEAT_KEYSTONE_URL: 'http://keystone.example:5000' })[0] ?? '',
    'plain http',
  );
  assert.equal(warnings({ ...KEYSTONE, HOSTBEAT_KEYSTONE_URL: 'http://127.0.0.1:5000' }), []);
  assert.match(warnings({ ...OIDC, HOSTBEAT_OIDC_ISSUER: 'http://sso.example' })[0] ?? '', 'plain http');
  assert.match(warnings({ ...KEYSTONE, HOSTBEAT_ADMIN_PASSWORD: 'x' })[0] ?? '', 'HOSTBEAT_ADMIN_PASSWORD');
  assert.match(
    warnings({ HOSTBEAT_KEYSTONE_URL: 'https://keystone.example' })[0] ?? '',
    'HOSTBEAT_AUTH=embedded',
  );
});

test.run();
