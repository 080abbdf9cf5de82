import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Files } from '../../server/config/find-setting.ts';
import { ConfigError, type Loaded, loadConfig } from '../../server/config/load.ts';
import { flagOf } from '../../server/config/options/option.ts';
import { OPTIONS, type Option, type OptionName } from '../../server/config/options/table.ts';
import { formatDuration, parseDuration } from '../../server/config/values.ts';

const test = suite('settings');

/** Every file there is holds its own name, and one of receivers a receiver. */
const files: Files = {
  exists: (path) => !path.includes('missing'),
  read(path) {
    if (path.includes('missing')) throw new Error('ENOENT');
    if (path.includes('receivers')) return 'az1: {token: 0123456789abcdef, zones: [az1]}';
    return path.includes('empty') ? '\n' : `${path}\n`;
  },
};

const rows = Object.entries(OPTIONS) as [OptionName, Option][];

/** For every setting: a value that is right and not the default, the configuration that follows from it, and a wrong value. */
const CASES: Record<
  OptionName,
  { good: string; read: (loaded: Loaded) => unknown; as: unknown; bad?: string }
> = {
  listen: { good: '[::1]:0', read: (l) => l.config.listen, as: { host: '::1', port: 0 }, bad: '8774' },
  databaseCache: {
    good: '8388608',
    read: (l) => l.config.databaseCache,
    as: 8_388_608,
    bad: '1024',
  },
  databaseUrl: {
    good: 'sqlite:/tmp/x.db',
    read: (l) => l.config.databaseUrl,
    as: 'sqlite:/tmp/x.db',
    bad: '/tmp/x.db',
  },
  publicUrl: {
    good: 'https://a.example/hb/',
    read: (l) => l.config.publicUrl,
    as: 'https://a.example/hb',
    bad: 'a.example',
  },
  trustedProxies: {
    good: '10.0.0.0/8, ::1',
    read: (l) => l.config.trustedProxies,
    as: ['10.0.0.0/8', '::1'],
    bad: 'proxy.example',
  },
  tlsCert: { good: 'c.pem', read: (l) => l.config.tls?.cert, as: 'c.pem', bad: 'missing.pem' },
  tlsKey: { good: 'k.pem', read: (l) => l.config.tls?.key, as: 'k.pem', bad: 'missing.pem' },
  adminPassword: { good: 's3cret', read: (l) => l.secrets.adminPassword, as: 's3cret' },
  reportInterval: { good: '500ms', read: (l) => l.config.reportInterval, as: 500, bad: 'soon' },
  serviceDownTime: { good: '1m', read: (l) => l.config.serviceDownTime, as: 60_000, bad: '0.1' },
  reconnectWindow: { good: '0', read: (l) => l.config.reconnectWindow, as: 0, bad: '-1' },
  massHold: { good: '2.5', read: (l) => l.config.massHold, as: 2_500, bad: '-1' },
  witness: {
    good: 'tcp:gateway:53, tcp:[fd00::1]:22',
    read: (l) => l.config.witness,
    as: ['tcp:gateway:53', 'tcp:[fd00::1]:22'],
    bad: 'gateway:53',
  },
  flapDamping: { good: 'off', read: (l) => l.config.flapDamping, as: false, bad: 'perhaps' },
  forceDownOn: {
    good: 'HostDown, PowerLost',
    read: (l) => l.config.forceDownOn,
    as: ['HostDown', 'PowerLost'],
  },
  liftOnRecovery: { good: 'true', read: (l) => l.config.liftOnRecovery, as: true, bad: 'when?' },
  alertHostLabel: { good: 'node', read: (l) => l.config.alertHostLabel, as: 'node' },
  receiverToken: { good: 't0ken', read: (l) => l.secrets.receiverToken, as: 't0ken' },
  receiversFile: {
    good: 'receivers.yaml',
    read: (l) => l.secrets.receivers,
    as: [{ name: 'az1', token: '0123456789abcdef', zones: ['az1'], hosts: [] }],
    bad: 'missing.yaml',
  },
  hostStatusOrder: { good: 'nova', read: (l) => l.config.hostStatusOrder, as: 'nova', bad: 'Nova' },
  ownersSeeReason: { good: 'yes', read: (l) => l.config.ownersSeeReason, as: true, bad: 'maybe' },
  policyFile: {
    good: 'policy.yaml',
    read: (l) => l.config.policyFile,
    as: 'policy.yaml',
    bad: 'missing.yaml',
  },
  maxConnectionsPerAddress: {
    good: '500',
    read: (l) => l.config.maxConnectionsPerAddress,
    as: 500,
    bad: '0',
  },
  maxUnsentBytes: { good: '64MiB', read: (l) => l.config.maxUnsentBytes, as: 67_108_864, bad: '10' },
  maxUnsentBytesPerAddress: {
    good: '2MiB',
    read: (l) => l.config.maxUnsentBytesPerAddress,
    as: 2_097_152,
    bad: 'much',
  },
  maxUnsentBytesPerConnection: {
    good: '1MiB',
    read: (l) => l.config.maxUnsentBytesPerConnection,
    as: 1_048_576,
    bad: '-1',
  },
  maxConnectionsPerProject: { good: '7', read: (l) => l.config.maxConnectionsPerProject, as: 7, bad: '0' },
  maxUnauthenticated: { good: '9', read: (l) => l.config.maxUnauthenticated, as: 9, bad: '0' },
  maxUnauthenticatedPerAddress: {
    good: '3',
    read: (l) => l.config.maxUnauthenticatedPerAddress,
    as: 3,
    bad: '0',
  },
  handshakeRate: { good: '50', read: (l) => l.config.handshakeRate, as: 50, bad: '-1' },
  maxSubscriptions: { good: '2', read: (l) => l.config.maxSubscriptions, as: 2, bad: '1.5' },
  maxFrame: { good: '128KiB', read: (l) => l.config.maxFrame, as: 131_072, bad: '10' },
  maxBacklog: { good: '2MiB', read: (l) => l.config.maxBacklog, as: 2_097_152, bad: '2 megabytes' },
  maxReplay: { good: '5', read: (l) => l.config.maxReplay, as: 5, bad: 'many' },
  retention: { good: '7d', read: (l) => l.config.retention, as: 604_800_000, bad: '7 days' },
  deletedRetention: { good: '30d', read: (l) => l.config.deletedRetention, as: 2_592_000_000, bad: '59' },
  actionsRetention: { good: '1h', read: (l) => l.config.actionsRetention, as: 3_600_000, bad: 'never' },
  auditRetention: { good: '60', read: (l) => l.config.auditRetention, as: 60_000, bad: '0' },
  auditItems: { good: '1000', read: (l) => l.config.auditItems, as: 1_000, bad: '999' },
  retentionItems: { good: '100', read: (l) => l.config.retentionItems, as: 100, bad: '99' },
  healthInterval: { good: '.5', read: (l) => l.config.healthInterval, as: 500, bad: '0' },
  pingInterval: { good: '1', read: (l) => l.config.pingInterval, as: 1_000, bad: '1x' },
  pongTimeout: { good: '2s', read: (l) => l.config.pongTimeout, as: 2_000, bad: '2 s s' },
  helloTimeout: { good: '3', read: (l) => l.config.helloTimeout, as: 3_000, bad: '∞' },
  tokenLifetime: { good: '12h', read: (l) => l.config.tokenLifetime, as: 43_200_000, bad: '1e3' },
  auth: { good: 'oidc', read: (l) => l.config.auth, as: 'oidc', bad: 'ldap' },
  authCacheTime: { good: '1m', read: (l) => l.config.authCacheTime, as: 60_000, bad: '0' },
  authCacheSize: { good: '500', read: (l) => l.config.authCacheSize, as: 500, bad: '1' },
  maxTokens: { good: '50', read: (l) => l.config.maxTokens, as: 50, bad: '9' },
  maxCredentials: { good: '0', read: (l) => l.config.maxCredentials, as: 0, bad: '-1' },
  authTimeout: { good: '2', read: (l) => l.config.authTimeout, as: 2_000, bad: '0' },
  keystoneUrl: {
    good: 'https://k.example:5000/v3/',
    read: (l) => l.config.keystoneUrl,
    as: 'https://k.example:5000/v3',
    bad: 'k.example',
  },
  keystonePublicUrl: {
    good: 'https://k.example',
    read: (l) => l.config.keystonePublicUrl,
    as: 'https://k.example',
    bad: 'ldap://k',
  },
  keystoneUsername: { good: 'hb', read: (l) => l.config.keystoneUsername, as: 'hb' },
  keystonePassword: { good: 's3cret', read: (l) => l.secrets.keystonePassword, as: 's3cret' },
  keystoneUserDomain: { good: 'svc', read: (l) => l.config.keystoneUserDomain, as: 'svc' },
  keystoneProject: { good: 'services', read: (l) => l.config.keystoneProject, as: 'services' },
  keystoneProjectDomain: { good: 'svc', read: (l) => l.config.keystoneProjectDomain, as: 'svc' },
  keystoneCredentialId: { good: 'abc', read: (l) => l.config.keystoneCredentialId, as: 'abc' },
  keystoneCredentialSecret: { good: 's', read: (l) => l.secrets.keystoneCredentialSecret, as: 's' },
  oidcIssuer: {
    good: 'https://sso.example/realms/x/',
    read: (l) => l.config.oidcIssuer,
    as: 'https://sso.example/realms/x/',
    bad: 'sso.example',
  },
  oidcAudience: { good: 'a, b', read: (l) => l.config.oidcAudience, as: ['a', 'b'] },
  oidcJwksUrl: {
    good: 'https://sso.example/keys?p=1',
    read: (l) => l.config.oidcJwksUrl,
    as: 'https://sso.example/keys?p=1',
    bad: 'file:///keys',
  },
  oidcAlgorithms: { good: 'ES384', read: (l) => l.config.oidcAlgorithms, as: ['ES384'], bad: 'HS256' },
  oidcClockSkew: { good: '5', read: (l) => l.config.oidcClockSkew, as: 5_000, bad: '-1' },
  oidcUsernameClaim: { good: 'email', read: (l) => l.config.oidcUsernameClaim, as: 'email' },
  oidcProjectClaim: { good: 'tenant', read: (l) => l.config.oidcProjectClaim, as: 'tenant' },
  oidcRolesClaim: { good: 'a.b', read: (l) => l.config.oidcRolesClaim, as: 'a.b' },
  oidcRoles: { good: 'ops=admin', read: (l) => l.config.oidcRoles, as: ['ops=admin'], bad: 'admin' },
  maxWebhooks: { good: '3', read: (l) => l.config.maxWebhooks, as: 3, bad: 'many' },
  maxWatchKeys: { good: '3', read: (l) => l.config.maxWatchKeys, as: 3, bad: 'many' },
  maxDrills: { good: '3', read: (l) => l.config.maxDrills, as: 3, bad: 'many' },
  webhookNetworks: {
    good: '10.0.0.0/8, ::1',
    read: (l) => l.config.webhookNetworks,
    as: ['10.0.0.0/8', '::1'],
  },
  region: { good: 'north', read: (l) => l.config.region, as: 'north' },
  tracing: { good: 'true', read: (l) => l.config.tracing, as: true, bad: 'otel' },
  logLevel: { good: 'warn', read: (l) => l.config.logLevel, as: 'warn', bad: 'loud' },
  logFormat: { good: 'text', read: (l) => l.config.logFormat, as: 'text', bad: 'xml' },
};

const OIDC = {
  HOSTBEAT_AUTH: 'oidc',
  HOSTBEAT_OIDC_ISSUER: 'https://sso.example',
  HOSTBEAT_OIDC_AUDIENCE: 'hostbeat',
};

/** The other half of a pair that is refused alone. */
const COMPANY: Partial<Record<OptionName, Record<string, string>>> = {
  tlsCert: { HOSTBEAT_TLS_KEY: 'k.pem' },
  tlsKey: { HOSTBEAT_TLS_CERT: 'c.pem' },
  auth: OIDC,
  keystoneUrl: { HOSTBEAT_AUTH: 'keystone', HOSTBEAT_KEYSTONE_PASSWORD: 'pw' },
  oidcIssuer: OIDC,
  oidcJwksUrl: OIDC,
  oidcAlgorithms: OIDC,
  oidcRoles: OIDC,
};

for (const [name, option] of rows) {
  const { good, read, as, bad } = CASES[name];
  const company = COMPANY[name] ?? {};

  test(`${option.env} is read from the environment`, () => {
    const loaded = loadConfig({ env: { ...company, [option.env]: good }, files });
    assert.equal(read(loaded), as);
    assert.is(loaded.origins[name], 'environment');
  });

  test(`${flagOf(option)} goes before ${option.env}`, () => {
    const flags = { [name]: good };
    const env = { ...company, [option.env]: option.type === 'secret' ? 'other' : (bad ?? 'other') };
    const loaded = loadConfig({ env, flags, files });
    assert.equal(read(loaded), as, 'a secret flag names a file, and here a file holds its own name');
    assert.is(loaded.origins[name], 'flag');
  });

  if (bad !== undefined)
    test(`a wrong ${option.env} is refused by its name`, () => {
      const error = refused({ ...company, [option.env]: bad });
      assert.is(error.problems.length, 1);
      assert.match(error.problems[0]!, option.env);
    });
}

test('without settings every default is the documented one, without a warning', () => {
  const { config, secrets, warnings, origins } = loadConfig({ env: {}, files });
  assert.equal(config.listen, { host: '127.0.0.1', port: 8774 });
  assert.is(config.serviceDownTime, 60_000);
  assert.is(config.reportInterval, 10_000);
  assert.is(config.retention, 604_800_000);
  assert.is(config.tls, undefined);
  assert.is(secrets.adminPassword, undefined);
  assert.equal(warnings, []);
  assert.is(origins.listen, 'default');
  assert.is(origins.publicUrl, 'unset');
});

test('an empty variable counts as not given', () => {
  const { config } = loadConfig({ env: { HOSTBEAT_SERVICE_DOWN_TIME: '', HOSTBEAT_POLICY_FILE: '' }, files });
  assert.is(config.serviceDownTime, 60_000);
  assert.is(config.policyFile, undefined);
});

test('all errors are reported at once', () => {
  const error = refused({
    HOSTBEAT_LISTEN: 'everywhere',
    HOSTBEAT_REPORT_INTERVAL: 'often',
    HOSTBEAT_LOG_LEVEL: 'loud',
  });
  assert.is(error.problems.length, 3);
  const pairs = refused({ HOSTBEAT_TLS_CERT: 'c.pem', HOSTBEAT_POLICY_FILE: 'missing.yaml' });
  assert.is(pairs.problems.length, 2);
  assert.match(pairs.problems[0]!, 'HOSTBEAT_TLS_KEY is missing');
});

for (const [witness, problem] of [
  ['gateway', /"gateway" must be tcp:HOST:PORT/],
  ['icmp:gateway', /sends no ICMP; name a TCP port/],
  ['tcp:gateway', /"tcp:gateway" must be tcp:HOST:PORT/],
  ['tcp:gateway:0', /port 0/],
  ['tcp:gateway:65536', /port from 1 to 65535/],
  ['tcp:10.0.0.300:53', /"10\.0\.0\.300", which is neither a name nor an IP address/],
  ['tcp:gate way:53', /"gate way"/],
  [Array(9).fill('tcp:gateway:53').join(), /names 9 witnesses; 8 is the most/],
] as const)
  test(`the witness ${witness.slice(0, 20)} is refused with what is wrong`, () => {
    const { problems } = refused({ HOSTBEAT_WITNESS: witness });
    assert.is(problems.length, 1);
    assert.match(problems[0]!, problem);
  });

test('a witness on this machine is worth a warning', () => {
  const { warnings } = loadConfig({ env: { HOSTBEAT_WITNESS: 'tcp:gateway:53,tcp:127.0.0.1:22' }, files });
  assert.is(warnings.length, 1);
  assert.match(warnings[0]!, /tcp:127\.0\.0\.1:22 is on this machine/);
});

test('a service_down_time not above the report interval is corrected, as Nova does', () => {
  const { config, warnings } = loadConfig({
    env: { HOSTBEAT_REPORT_INTERVAL: '10', HOSTBEAT_SERVICE_DOWN_TIME: '10' },
    files,
  });
  assert.is(config.serviceDownTime, 25_000);
  assert.is(warnings.length, 1);
  assert.match(warnings[0]!, 'HOSTBEAT_SERVICE_DOWN_TIME (10s) is not above HOSTBEAT_REPORT_INTERVAL (10s)');
});

test('a misspelt variable is warned of, a client variable is not', () => {
  const { warnings } = loadConfig({
    env: { HOSTBEAT_SERVICE_DOWNTIME: '5', HOSTBEAT_TOKEN: 'x', HOSTBEAT_ADMIN_PASSWORD_FILE: 'pw' },
    files,
  });
  assert.is(warnings.length, 1);
  assert.match(warnings[0]!, 'HOSTBEAT_SERVICE_DOWNTIME');
});

test('listening to other machines in the clear is warned of', () => {
  const open = { HOSTBEAT_LISTEN: '0.0.0.0:8774' };
  assert.is(loadConfig({ env: open, files }).warnings.length, 1);
  assert.equal(
    loadConfig({ env: { ...open, HOSTBEAT_PUBLIC_URL: 'https://a.example' }, files }).warnings,
    [],
  );
});

test('a secret is read from a file without its line break; an empty one is refused', () => {
  const loaded = loadConfig({ env: { HOSTBEAT_ADMIN_PASSWORD_FILE: '/run/secrets/pw' }, files });
  assert.is(loaded.secrets.adminPassword, '/run/secrets/pw');
  assert.match(refused({ HOSTBEAT_ADMIN_PASSWORD_FILE: 'missing' }).message, 'HOSTBEAT_ADMIN_PASSWORD_FILE');
  assert.match(refused({ HOSTBEAT_ADMIN_PASSWORD_FILE: 'empty' }).message, 'is empty');
});

test('the secret is apart from the config, and the config is frozen to the bottom', () => {
  const { config } = loadConfig({ env: { HOSTBEAT_ADMIN_PASSWORD: 's3cret' }, files });
  assert.not.match(JSON.stringify(config), 's3cret');
  assert.throws(() => {
    (config.listen as { port: number }).port = 1;
  }, TypeError);
});

test('durations are read back as they are shown', () => {
  for (const ms of [0, 1, 500, 1_000, 1_500, 60_000, 90_000, 3_600_000, 43_200_000, 604_800_000])
    assert.is(parseDuration(formatDuration(ms)), ms);
  for (const text of ['', 's', '1 week', '-1', '1e3', '0x10', '1,5', 'Infinity'])
    assert.is(parseDuration(text), undefined, text);
});

function refused(env: Record<string, string>): ConfigError {
  try {
    loadConfig({ env, files });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new assert.Assertion({ message: `not refused: ${JSON.stringify(env)}` } as never);
}

test.run();
