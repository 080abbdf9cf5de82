import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { flagOf } from '../../server/config/options/option.ts';
import { OPTIONS, type Option } from '../../server/config/options/table.ts';
import { temporaryFolder } from '../support/process.ts';
import { testTerminal } from './output/terminal.ts';

const test = suite('hostbeat config');

type Row = { name: string; value: unknown; origin: string };

for (const option of Object.values<Option>(OPTIONS))
  test(`${flagOf(option)} of the command line reaches the settings`, async () => {
    await using folder = await temporaryFolder();
    const file = `${folder.path}/file`;
    const isOfReceivers = option.env === 'HOSTBEAT_RECEIVERS_FILE';
    await writeFile(file, isOfReceivers ? 'az1: {token: 0123456789abcdef, zones: [az1]}' : 'content');
    // A file's name fits where a file is wanted, and the default fits anywhere else.
    const list = option.env === 'HOSTBEAT_WITNESS' ? 'tcp:gateway:53' : '::1';
    const value =
      option.default || (option.type === 'list' ? list : option.env.endsWith('URL') ? 'http://a' : file);
    const pair = option.env.startsWith('HOSTBEAT_TLS')
      ? ['--tls-cert', file, '--tls-key', file]
      : [flagOf(option), value];
    const terminal = testTerminal();
    assert.is(await run(['config', 'print', '--json', ...pair], terminal), EXIT.ok, terminal.stderr);
    const rows = JSON.parse(terminal.stdout) as Row[];
    assert.is(rows.find(({ name }) => name === option.env)?.origin, 'flag');
  });

test('a secret is never printed, neither our own nor one inside a URL', async () => {
  const env = {
    HOSTBEAT_ADMIN_PASSWORD: 'correct-horse',
    HOSTBEAT_DATABASE_URL: 'postgres://hostbeat:battery-staple@db.example/hostbeat',
  };
  for (const args of [[], ['--json']]) {
    const terminal = testTerminal(env);
    assert.is(await run(['config', 'print', ...args], terminal), EXIT.ok);
    assert.not.match(terminal.stdout + terminal.stderr, /correct-horse|battery-staple/);
    assert.match(terminal.stdout, '[hidden]');
    assert.match(terminal.stdout, 'db.example');
  }
});

test('check names every error at once and ends with 78', async () => {
  const terminal = testTerminal({ HOSTBEAT_LISTEN: 'here', HOSTBEAT_LOG_LEVEL: 'loud' });
  assert.is(await run(['config', 'check', '--report-interval', 'often'], terminal), EXIT.config);
  assert.is(terminal.stdout, '');
  for (const name of ['HOSTBEAT_LISTEN', 'HOSTBEAT_LOG_LEVEL', '--report-interval'])
    assert.match(terminal.stderr, name);
});

test('check reads the policy file as serve would', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/policy.yaml`;
  await writeFile(file, '"os_compute_api:servers:show:host_status": "rule:admin_api"\n');
  assert.is(await run(['config', 'check', '--policy-file', file], testTerminal()), EXIT.ok);
  await writeFile(file, '"os_compute_api:servers:show:host_status": "rule:("\n');
  const terminal = testTerminal();
  assert.is.not(await run(['config', 'check', '--policy-file', file], terminal), EXIT.ok);
  assert.match(terminal.stderr, file);
});

test.run();
