import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loginFrom, tokenSource, withoutSecrets } from '../../server/cli/connection/credentials.ts';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { OPTIONS, type Option } from '../../server/config/options/table.ts';
import { temporaryFolder } from '../support/process.ts';
import { startScripted } from './agent/scripted-server.ts';
import { testTerminal } from './output/terminal.ts';

const test = suite('credentials of the command line');

test('a login is replaced late in its life or when refused, and never in a loop', async () => {
  for (const [tokenLifetimeMs, renewed] of [
    [100_000, 80_000],
    [1, 1_000],
  ] as const) {
    await using server = await startScripted({ tokenLifetimeMs });
    let now = 0;
    const env = { OS_USERNAME: 'ops', OS_PASSWORD: 'pw', OS_PROJECT_NAME: 'admin' };
    const tokens = tokenSource(env, { variables: ['TOKEN'], urls: [server.url], monotonic: () => now });
    assert.is(await tokens.token(), 'token-1');
    assert.is(tokens.renewAt, renewed);
    now = renewed - 1;
    assert.is(await tokens.token(), 'token-1');
    now = renewed;
    assert.is(await tokens.token(), 'token-2');
    tokens.refused();
    assert.is(await tokens.token(), 'token-3');
  }
});

test('what cannot be a token is refused before it is sent, and not shown', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/token`;
  for (const token of ['s3cret and more', 's3cret\nand more', 's3crét']) {
    await writeFile(file, token);
    for (const env of [{ HOSTBEAT_TOKEN: token }, {}]) {
      const terminal = testTerminal(env);
      const args = ['HOSTBEAT_TOKEN' in env ? [] : ['--token-file', file]].flat();
      assert.is(await run(['services', 'list', ...args], terminal), EXIT.config);
      assert.match(terminal.stderr, 'must contain only the token');
      assert.not.match(terminal.stderr, 's3cr');
    }
  }
});

test('a domain is taken by its id before its name, and a tenant is a project', () => {
  const user = { OS_USERNAME: 'alice', OS_PASSWORD: 'pw' };
  const of = (env: Record<string, string>) => loginFrom({ ...user, ...env }, ['http://hostbeat.test']);
  const domains = {
    OS_USER_DOMAIN_ID: 'default',
    OS_USER_DOMAIN_NAME: 'Elsewhere',
    OS_PROJECT_DOMAIN_ID: 'd1',
    OS_PROJECT_DOMAIN_NAME: 'Other',
    OS_DEFAULT_DOMAIN: 'd2',
  };
  const both = of({ ...domains, OS_TENANT_NAME: 'demo' });
  assert.equal(both?.password?.user, { name: 'alice', domain: { id: 'default' }, password: 'pw' });
  assert.equal(both?.project, { name: 'demo', domain: { id: 'd1' } });
  assert.equal(of({ OS_TENANT_ID: 't1', OS_TENANT_NAME: 'demo' })?.project, { id: 't1' });
  assert.equal(
    of({ OS_PROJECT_NAME: 'p', OS_TENANT_NAME: 'demo', OS_PROJECT_DOMAIN_NAME: 'Other' })?.project,
    {
      name: 'p',
      domain: { name: 'Other' },
    },
  );
  assert.equal(of({ OS_DEFAULT_DOMAIN: 'd2', OS_PROJECT_NAME: 'p' })?.project, {
    name: 'p',
    domain: { id: 'd2' },
  });
});

test('a command that we start gets no secret of ours, whichever there is', () => {
  const secrets = Object.values<Option>(OPTIONS).filter(({ type }) => type === 'secret');
  const ours = ['HOSTBEAT_TOKEN', 'HOSTBEAT_AGENT_TOKEN', 'OS_PASSWORD', ...secrets.map(({ env }) => env)];
  const env = Object.fromEntries([...ours, 'PATH', 'HOSTBEAT_URL'].map((name) => [name, 'x']));
  assert.equal(withoutSecrets(env), { PATH: 'x', HOSTBEAT_URL: 'x' });
});

test.run();
