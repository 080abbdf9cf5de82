import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { readPolicy } from '../../server/identity/policy/policy-file.ts';
import { temporaryFolder } from '../support/process.ts';
import { testTerminal } from './output/terminal.ts';

const test = suite('hostbeat policy');
const SHOW = 'os_compute_api:servers:show';
const LIST = 'os_compute_api:os-services:list';
const RULE = '"os_compute_api:servers:show:host_status": "rule:context_is_admin"';

test('check passes a file that serve would take, and names rules that nothing asks for', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/policy.yaml`;
  await writeFile(file, `${RULE}\n"misspelt": "@"\n`);
  const terminal = testTerminal();
  assert.is(await run(['policy', 'check', file], terminal), EXIT.ok, terminal.stderr);
  assert.match(terminal.stdout, /is right/);
  assert.match(terminal.stderr, /"misspelt"/);
});

test('check says line and reason of all errors at once, and ends with 65', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/policy.yaml`;
  await writeFile(file, `${RULE}\n"${SHOW}": "role:a or"\n"${LIST}": "admin"\n`);
  const terminal = testTerminal({ HOSTBEAT_POLICY_FILE: file });
  assert.is(await run(['policy', 'check'], terminal), EXIT.data);
  assert.match(terminal.stderr, `${file}:2: rule "${SHOW}"`);
  assert.match(terminal.stderr, `${file}:3: rule "${LIST}"`);
});

test('print gives every rule in force as a policy file that reads the same', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/policy.yaml`;
  await writeFile(file, `${RULE}\n`);
  const terminal = testTerminal();
  assert.is(await run(['policy', 'print', file], terminal), EXIT.ok);
  assert.match(terminal.stdout, RULE);
  assert.match(terminal.stdout, '"os_compute_api:os-services:list": "rule:context_is_admin"');
  assert.equal(readPolicy(terminal.stdout, 'printed').unknown, []);
  const changed = testTerminal({ HOSTBEAT_POLICY_FILE: file });
  assert.is(await run(['policy', 'print', '--changed'], changed), EXIT.ok);
  assert.is(changed.stdout, `${RULE}\n`);
});

test('check and print name the parts of a rule that never match', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/policy.yaml`;
  await writeFile(file, `"os_compute_api:os-services": "not user_id:%(user_id)s"\n`);
  const checked = testTerminal();
  assert.is(await run(['policy', 'check', file], checked), EXIT.ok);
  assert.match(checked.stderr, `${file}: rule "${LIST}": %(user_id)s is unknown to hostbeat`);
  const printed = testTerminal();
  assert.is(await run(['policy', 'print', '--changed', file], printed), EXIT.ok);
  assert.match(
    printed.stdout,
    /# %\(user_id\)s is unknown to hostbeat.*\n"os_compute_api:os-services:list": "not user_id/,
  );
});

test('without a file there are the defaults', async () => {
  const terminal = testTerminal();
  assert.is(await run(['policy', 'check'], terminal), EXIT.ok);
  assert.match(terminal.stdout, /defaults/);
});

test.run();
