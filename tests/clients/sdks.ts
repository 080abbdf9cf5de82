/**
 * Programs that are written against OpenStack's libraries, unmodified, against a running server that holds the recorded
 * world: openstacksdk (Python) and gophercloud (Go, built from Debian's sources without a network).
 * Needs: apt-get install python3-openstacksdk golang-go golang-github-gophercloud-gophercloud-dev
 */
import '../../server/runtime/supported.mjs';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommand, type ServerProcess, temporaryFolder } from '../support/process.ts';
import { startRecordedWorld } from './recorded-world.ts';

const folder = await temporaryFolder();
let server: ServerProcess;

const test = suite('libraries');

test.before(async () => {
  server = await startRecordedWorld(folder.path);
});

test.after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function tour(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runCommand(command, [...args, server.url], env);
  assert.is(code, 0, `${stdout}\n${stderr}`);
  return JSON.parse(stdout);
}

test('openstacksdk sees what an owner may see, and switches services', async () => {
  const found = await tour('/usr/bin/python3', [resolve(import.meta.dirname, 'openstacksdk_tour.py')]);
  assert.is(found.before['srv-01'], 'UP');
  assert.is(found.before['srv-02'], 'UNKNOWN');
  assert.is(found.before['srv-03'], 'DOWN');
  assert.is(found.before['srv-04'], 'MAINTENANCE');
  assert.is(found.before['nohost-error'], '');
  assert.equal([found.forced_down, found.lifted, found.disabled], ['DOWN', 'UP', 'MAINTENANCE']);
  assert.equal(found.shown, ['srv-03', 'DOWN']);
  assert.ok(found.foreign);
  assert.ok(found.flavors > 0);
  assert.ok(found.zones.includes('nova'));
  assert.ok(found.hypervisors > 0);
  assert.equal([found.stopped, found.reset], ['SHUTOFF', 'ERROR']);
});

test('gophercloud does too, page by page', async () => {
  const program = join(folder.path, 'tour');
  const built = await runCommand(
    'go',
    ['build', '-o', program, resolve(import.meta.dirname, 'gophercloud/main.go')],
    {
      GO111MODULE: 'off',
      GOPATH: '/usr/share/gocode',
      GOCACHE: join(folder.path, 'cache'),
      GOFLAGS: '-p=1',
    },
  );
  assert.is(built.code, 0, built.stderr);
  const found = await tour(program, []);
  assert.is(found.before['srv-02'], 'UNKNOWN');
  assert.is(found.before['srv-03'], 'DOWN');
  assert.is(found.services, 1);
  assert.is(found.forced_down, 'DOWN');
  assert.is(found.disabled, 'MAINTENANCE');
  assert.ok(found.hypervisors > 0);
});

test.run();
