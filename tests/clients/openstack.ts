/**
 * Debian's openstackclient and novaclient, unmodified, against a running server that holds the recorded world. While
 * they act, a socket of the owner receives exactly the matching events, each once, in order.
 * Needs `openstack` and `nova` on the PATH: apt-get install python3-openstackclient python3-novaclient
 */
import '../../server/runtime/supported.mjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChangeItem, watch } from '../../client-sdk/src/index.ts';
import { login } from '../support/http.ts';
import { runCommand, type ServerProcess, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';
import { openstackEnv } from './environment.ts';
import { startRecordedWorld } from './recorded-world.ts';

const CMP01 = '64817c24-434f-4bcf-b5a9-6dd0b957cf49';
const SRV01 = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
const SRV11 = 'bb1291ac-ddd8-4543-abd9-e7d6bd10c9fb';
const FOREIGN = '8fceeadc-614b-40ad-aa30-8f5c6c62bb33';

const folder = await temporaryFolder();
const stop = new AbortController();
const received: ChangeItem[] = [];
let server: ServerProcess;
let expected = 0;

const test = suite('unmodified clients');

test.before(async () => {
  server = await startRecordedWorld(folder.path);
  const alice = await login(server.url, 'alice', 'alicepw', 'demo');
  const stream = watch({ url: server.url, token: alice.token, signal: stop.signal });
  const ready = Promise.withResolvers<void>();
  void (async () => {
    for await (const item of stream) {
      if (item.type === 'snapshot') ready.resolve();
      if (item.type === 'change') received.push(item);
    }
  })().catch(ready.reject);
  await ready.promise;
});

test.after(async () => {
  stop.abort();
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Runs a client as a user and gives what it printed; fails where it fails. */
async function client(user: string, project: string, command: string, ...args: string[]): Promise<string> {
  const env = openstackEnv(`${server.url}/identity/v3`, user, `${user}pw`, project);
  const { code, stdout, stderr } = await runCommand(command, args, env);
  assert.is(code, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

const asAdmin = (command: string, ...args: string[]) => client('admin', 'admin', command, ...args);
const asAlice = (command: string, ...args: string[]) => client('alice', 'demo', command, ...args);

/** Waits for the owner's next two changes, those of its two servers on cmp-01, and holds them against the turn. */
async function pushed(from: string, to: string, cause: string): Promise<void> {
  expected += 2;
  await until(
    () => `${expected} changes, of which ${received.length} came`,
    () => received.length >= expected,
  );
  assert.is(received.length, expected);
  const turn = received.slice(-2).map(({ change }) => change);
  assert.equal(turn.map((change) => 'server_id' in change && change.server_id).sort(), [SRV11, SRV01].sort());
  for (const change of turn)
    assert.equal([change.kind, change.from, change.to, change.cause], ['transition', from, to, cause]);
}

test('openstack token issue', async () => {
  const token = JSON.parse(await asAlice('openstack', 'token', 'issue', '-f', 'json'));
  assert.is(token.project_id, '878e05b4556041fab201d46b2ae911a6');
});

test('openstack catalog list finds compute, identity and an image service', async () => {
  const catalog: { Type: string }[] = JSON.parse(await asAlice('openstack', 'catalog', 'list', '-f', 'json'));
  assert.equal(catalog.map((service) => service.Type).sort(), ['compute', 'identity', 'image']);
});

test('openstack server list --long shows the owner Host Status', async () => {
  const args = ['server', 'list', '--long', '--os-compute-api-version', '2.16', '-f', 'json'];
  const servers: Record<string, string>[] = JSON.parse(await asAlice('openstack', ...args));
  const statuses = Object.fromEntries(servers.map((row) => [row.Name, row['Host Status']]));
  assert.is(statuses['srv-01'], 'UP');
  assert.is(statuses['srv-02'], 'UNKNOWN');
  assert.is(statuses['srv-03'], 'DOWN');
  assert.is(statuses['srv-04'], 'MAINTENANCE');
  assert.is(statuses['nohost-error'], '');
  assert.is(statuses['other-01'], undefined, "another owner's server");
});

test('openstack server show, by name and by id', async () => {
  const byName = JSON.parse(
    await asAlice('openstack', 'server', 'show', 'srv-03', '--os-compute-api-version', '2.16', '-f', 'json'),
  );
  assert.is(byName.host_status, 'DOWN');
  const byId = JSON.parse(await asAlice('openstack', 'server', 'show', SRV01, '-f', 'json'));
  assert.is(byId.name, 'srv-01');
});

test("openstack server show does not know another owner's server", async () => {
  await assertFails('openstack', 'server', 'show', FOREIGN);
  await assertFails('nova', 'show', FOREIGN);
});

async function assertFails(command: string, ...args: string[]): Promise<void> {
  const failed = await asAlice(command, ...args).then(
    () => false,
    () => true,
  );
  assert.ok(failed, `${command} ${args.join(' ')} should fail`);
}

test('openstack compute service list', async () => {
  const list = await asAdmin('openstack', 'compute', 'service', 'list', '--long', '-f', 'json');
  const services: Record<string, unknown>[] = JSON.parse(list);
  const fenced = services.find((row) => row.Host === 'cmp-03');
  assert.is(services.length, 12);
  assert.equal([fenced?.State, fenced?.['Forced Down']], ['down', true]);
});

test('openstack compute service set --down and --up', async () => {
  await asAdmin('openstack', 'compute', 'service', 'set', '--down', 'cmp-01', 'nova-compute');
  await pushed('UP', 'DOWN', 'forced_down');
  await asAdmin('openstack', 'compute', 'service', 'set', '--up', 'cmp-01', 'nova-compute');
  await pushed('DOWN', 'UP', 'forced_down');
});

test('openstack compute service set --disable with a reason and --enable', async () => {
  const args = [
    'compute',
    'service',
    'set',
    '--disable',
    '--disable-reason',
    'new memory',
    'cmp-01',
    'nova-compute',
  ];
  await asAdmin('openstack', ...args);
  await pushed('UP', 'MAINTENANCE', 'disabled');
  const list = await asAdmin(
    'openstack',
    'compute',
    'service',
    'list',
    '--host',
    'cmp-01',
    '--long',
    '-f',
    'json',
  );
  assert.is(JSON.parse(list)[0]['Disabled Reason'], 'new memory');
  await asAdmin('openstack', 'compute', 'service', 'set', '--enable', 'cmp-01', 'nova-compute');
  await pushed('MAINTENANCE', 'UP', 'disabled');
});

test('nova list --fields name,host_status', async () => {
  const table = await asAlice('nova', 'list', '--fields', 'name,host_status');
  assert.match(table, /srv-02\s+\|\s+UNKNOWN/);
  assert.match(table, /srv-01\s+\|\s+UP/);
  assert.not.match(table, /other-01/);
});

test('nova service-list', async () => {
  assert.match(await asAdmin('nova', 'service-list'), /cmp-01\s+\|\s+nova\s+\|\s+enabled\s+\|\s+up/);
});

test('nova service-force-down and --unset, by id', async () => {
  await asAdmin('nova', 'service-force-down', CMP01);
  await pushed('UP', 'DOWN', 'forced_down');
  await asAdmin('nova', 'service-force-down', '--unset', CMP01);
  await pushed('DOWN', 'UP', 'forced_down');
});

test('nova service-force-down by host, as clients before 2.53 do', async () => {
  await asAdmin('nova', '--os-compute-api-version', '2.34', 'service-force-down', 'cmp-01');
  await pushed('UP', 'DOWN', 'forced_down');
  await asAdmin('nova', '--os-compute-api-version', '2.34', 'service-force-down', '--unset', 'cmp-01');
  await pushed('DOWN', 'UP', 'forced_down');
});

test('the owner was sent nothing else, and no number twice or left out', () => {
  assert.is(received.length, expected);
  const seqs = [...new Set(received.map((item) => item.seq))];
  assert.equal(
    seqs,
    seqs.map((_, index) => (seqs[0] ?? 0) + index),
  );
});

test.run();
