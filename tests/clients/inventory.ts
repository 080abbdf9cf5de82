/**
 * Debian's openstackclient and novaclient, unmodified, look around in the recorded world and move servers in it.
 * Needs `openstack` and `nova` on the PATH: apt-get install python3-openstackclient python3-novaclient
 */
import '../../server/runtime/supported.mjs';
import { resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  runCommand,
  runHostbeat,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/process.ts';
import { openstackEnv } from './environment.ts';
import { session } from './session.ts';

const world = resolve(import.meta.dirname, '../nova/golden/world.json');
const SRV09 = '16bedf8e-24af-4200-98f5-4d3352923cfb';
const IMAGE = '11111111-2222-3333-4444-555555555555';

const folder = await temporaryFolder();
let server: ServerProcess;

const test = suite('an inventory by unmodified clients');

test.before(async () => {
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/world.db`, HOSTBEAT_SERVICE_DOWN_TIME: '3600' };
  const seeded = await runHostbeat(['seed', world, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  server = await startServer(env);
});

test.after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The newest version at which this client still has all of these commands. */
const PINNED = { OS_COMPUTE_API_VERSION: '2.87' };

const envOf = (user: string, project: string) =>
  openstackEnv(`${server.url}/identity/v3`, user, `${user}pw`, project);
const asked = (user: string, project: string, commands: readonly string[]) =>
  session(folder.path, { ...envOf(user, project), ...PINNED }, commands);

type Row = Record<string, unknown>;
const named = (rows: Row[], key = 'Name') => rows.map((row) => row[key]).sort();

test('an operator looks at servers, hosts and what there is besides', async () => {
  const { printed, errors } = await asked('admin', 'admin', [
    'server list --all-projects --host cmp-01 -f json',
    'server list --all-projects --status ERROR -f json',
    'server list --all-projects --project other -f json',
    'server list --all-projects --changes-since 2026-01-01T00:00:00Z --changes-before 2026-01-02 -f json',
    'hypervisor list --matching cmp-0 -f json',
    'hypervisor show cmp-01 -f json',
    'hypervisor stats show -f json',
    'aggregate list -f json',
    'availability zone list --compute -f json',
    'flavor list -f json',
    'flavor show m1.tiny -f json',
    'limits show --absolute -f json',
    'server group list -f json',
  ]);
  assert.is(errors, '');
  const [onHost, failed, others, changed, hypervisors, hypervisor, statistics, ...rest] = printed;
  const [aggregates, zones, flavors, flavor, limits, groups] = rest;
  assert.equal(named(onHost), ['other-01', 'srv-01', 'srv-11']);
  assert.equal(named(failed), ['nohost-error']);
  assert.equal(named(others), ['other-01']);
  assert.equal(changed, []);
  assert.is(hypervisors.length, 9);
  assert.equal(
    [hypervisor.hypervisor_hostname, hypervisor.state, hypervisor.vcpus_used],
    ['cmp-01', 'up', 3],
  );
  assert.is(statistics.count, 6);
  assert.equal([aggregates, groups], [[], []]);
  assert.equal(named(zones, 'Zone Name'), ['internal', 'nova']);
  assert.equal(named(flavors), ['m1.huge', 'm1.tiny']);
  assert.is(flavor.ram, 64);
  assert.is(limits.find((row: Row) => row.Name === 'totalInstancesUsed').Value, 0);
});

test('an operator registers, moves and removes a server, and the actions are listed', async () => {
  const { printed, errors } = await asked('admin', 'demo', [
    `server create --image ${IMAGE} --flavor m1.tiny --host cmp-09 --network none --wait born -f json`,
    'server lock born',
    'server unlock born',
    'server stop born',
    'server start born',
    'server reboot --hard --wait born',
    'server migrate --live-migration --host cmp-10 --wait born',
    'server show born -f json',
    `server rebuild --image ${IMAGE} --wait born`,
    'server shelve born',
    'server unshelve born',
    'server event list born -f json',
    'server delete --wait born',
    'server list --deleted -f json',
  ]);
  assert.is(errors, '');
  const [born, moved, events, deleted] = printed;
  assert.is(born['OS-EXT-SRV-ATTR:host'], 'cmp-09');
  assert.equal([moved['OS-EXT-SRV-ATTR:host'], moved.status], ['cmp-10', 'ACTIVE']);
  assert.equal(
    events.map((event: Row) => event.Action),
    [
      'unshelve',
      'shelve',
      'rebuild',
      'live-migration',
      'reboot',
      'start',
      'stop',
      'unlock',
      'lock',
      'create',
    ],
  );
  assert.equal(named(deleted), ['born']);
});

test('an owner asks for pages and changes, and is refused what is for operators', async () => {
  const { printed, errors } = await asked('alice', 'demo', [
    `server list --name srv-0 --limit 2 --marker ${SRV09} -f json`,
    'server list --changes-since 2026-01-01T00:00:00Z --vm-state error -f json',
    'server event list srv-09 -f json',
    'availability zone list --compute -f json',
    'server list --all-projects',
    'hypervisor list',
    'compute service list',
  ]);
  const [page, failed, events, zones] = printed;
  assert.equal(named(page), ['srv-06', 'srv-08']);
  assert.equal(named(failed), ['nohost-error']);
  assert.equal([events, named(zones, 'Zone Name')], [[], ['nova']]);
  for (const rule of ['servers:detail:get_all_tenants', 'os-hypervisors:list', 'os-services:list'])
    assert.ok(errors.includes(`os_compute_api:${rule}`), errors);
  assert.not.match(errors, /Traceback/);
});

test('nova host-evacuate takes the servers of a fenced host to another', async () => {
  const { code, stdout, stderr } = await runCommand(
    'nova',
    ['host-evacuate', '--target_host', 'cmp-09', 'cmp-06'],
    envOf('admin', 'demo'),
  );
  assert.is(code, 0, stderr);
  assert.match(stdout, /4d1cea48-2360-4635-8805-2741dc721c4b \| True/);
  const { printed } = await asked('admin', 'demo', ['server list --host cmp-09 -f json']);
  assert.equal(named(printed[0]), ['srv-06', 'srv-09']);
});

test.run();
