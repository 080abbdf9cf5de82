/** What an agent asks of its host before it reports, on real processes, ports and commands. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkOf } from '../../../server/cli/agent/checks/check.ts';
import { parseCheck } from '../../../server/cli/agent/checks/check-spec.ts';
import { Checks } from '../../../server/cli/agent/checks/checks.ts';
import { temporaryFolder } from '../../support/process.ts';

const test = suite('checks of an agent');

const never = new AbortController().signal;
const ask = (text: string, env: NodeJS.ProcessEnv = process.env) => checkOf(parseCheck(text), env)(never);

test('a check has a kind and a subject; anything else is refused with the reason', () => {
  assert.equal(parseCheck('tcp:[::1]:16509'), { kind: 'tcp', what: '[::1]:16509' });
  assert.equal(parseCheck('command: virsh list | grep -q running'), {
    kind: 'command',
    what: 'virsh list | grep -q running',
  });
  for (const wrong of ['libvirtd', 'process:', 'tcp:host', 'tcp:0', 'tcp:99999', 'systemd:a b', 'http://x']) {
    assert.throws(() => parseCheck(wrong), Error, wrong);
  }
});

test('a process is found by the name of its program while it runs, and no longer', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  assert.is(await ask('process:sleep'), undefined);
  child.kill();
  await once(child, 'exit');
  assert.match((await ask('process:no-such-program')) ?? '', /no process no-such-program/);
});

test('a port holds while somebody listens on it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  assert.is(await ask(`tcp:${port}`), undefined);
  server.close();
  await once(server, 'close');
  assert.match((await ask(`tcp:127.0.0.1:${port}`)) ?? '', /nobody listens/);
});

test('a command holds if it ends with 0, and never sees our secrets', async () => {
  assert.is(await ask('command:true'), undefined);
  assert.match((await ask('command:exit 3')) ?? '', /ended with 3/);
  const env = { ...process.env, HOSTBEAT_AGENT_TOKEN: 's3cret' };
  assert.is(await ask('command:test -z "$HOSTBEAT_AGENT_TOKEN"', env), undefined);
});

test('a unit holds while systemd calls it active', async () => {
  const folder = await temporaryFolder();
  const file = `${folder.path}/systemctl`;
  await writeFile(file, '#!/bin/sh\nif [ "$2" = good ]; then echo active; else echo failed; exit 3; fi\n');
  await chmod(file, 0o755);
  const env = { ...process.env, PATH: `${folder.path}:${process.env.PATH}` };
  assert.is(await ask('systemd:good', env), undefined);
  assert.is(await ask('systemd:bad', env), 'unit bad is failed');
  assert.match((await ask('systemd:good', { PATH: '/nowhere' })) ?? '', /systemctl failed/);
  await writeFile(file, '#!/bin/sh\necho "no bus" >&2; echo "and more" >&2; exit 1\n');
  assert.is(await ask('systemd:good', env), 'systemctl failed: no bus');
  await folder[Symbol.asyncDispose]();
});

test('all must hold, and what hangs does not; each change is said once', async () => {
  const said: string[] = [];
  let answer: string | undefined;
  const checks = new Checks({
    checks: [async () => undefined, async () => answer],
    say: (line) => said.push(line),
  });
  assert.is(await checks.hold(1_000), true);
  answer = 'the disk is gone';
  assert.is(await checks.hold(1_000), false);
  assert.is(await checks.hold(1_000), false);
  answer = undefined;
  assert.is(await checks.hold(1_000), true);
  assert.equal(said, ['does not report: the disk is gone', 'reports again: every check passes']);

  const hanging = new Checks({
    checks: [checkOf(parseCheck('command:sleep 60'), process.env)],
    say: () => {},
  });
  assert.is(await hanging.hold(100), false);
});

test.run();
