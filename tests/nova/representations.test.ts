/** Which keys an answer has, at every version and for every audience: none that Nova has not, none too early. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Links } from '../../server/nova/links.ts';
import { MAX_VERSION, MIN_VERSION, SINCE } from '../../server/nova/microversions.ts';
import type { Audience, Occasion } from '../../server/nova/representations/server.ts';
import { serverWriter } from '../../server/nova/representations/server-writer.ts';
import { serviceView } from '../../server/nova/representations/service.ts';
import { serverStatus, statesOf } from '../../server/nova/representations/status.ts';
import { anInstance, aService, BUILT_AT, someDetails } from '../support/builders.ts';
import { identityOf } from './cloud.ts';

const ADMIN: Audience = { extended: true, extraSpecs: true, admin: true };
const OWNER: Audience = { extended: false, extraSpecs: true, admin: false };

const links = new Links({
  base: 'http://nova.example',
  root: '/v2.1',
  path: '/v2.1/servers',
  identity: identityOf('alice') as never,
});

const FULL = anInstance({
  imageRef: '11111111-2222-3333-4444-555555555555',
  vmState: 'error',
  details: someDetails({
    fault: { code: 500, created: BUILT_AT, message: 'why', details: 'where' },
    addresses: { net: [{ addr: '10.0.0.7', version: 4, type: 'fixed', mac_addr: 'fa:16:3e:00:00:01' }] },
    volumesAttached: [{ id: 'v', delete_on_termination: true }],
    schedulerHints: { group: 'g' },
    imageProperties: { hw_machine_type: 'q35' },
  }),
});

// biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
function view(version: number, audience = ADMIN, occasion: Occasion = 'show'): any {
  return JSON.parse(serverWriter({ version, audience, occasion }, links)(FULL, 'UP'));
}

function keysAt(version: number, audience = ADMIN, occasion: Occasion = 'show'): Set<string> {
  return new Set(Object.keys(view(version, audience, occasion)));
}

function minus(all: Set<string>, some: Set<string>): string[] {
  return [...all].filter((key) => !some.has(key)).sort();
}

const test = suite('representations');

/** What show and detail gain, version by version (Nova's history of the API). */
const GAINED: Record<number, string[]> = {
  3: [
    'reservation_id',
    'launch_index',
    'hostname',
    'kernel_id',
    'ramdisk_id',
    'root_device_name',
    'user_data',
  ].map((name) => `OS-EXT-SRV-ATTR:${name}`),
  9: ['locked'],
  16: ['host_status'],
  19: ['description'],
  26: ['tags'],
  63: ['trusted_image_certificates'],
  71: ['server_groups'],
  73: ['locked_reason'],
  96: ['pinned_availability_zone'],
  100: ['scheduler_hints'],
};

test('an administrator sees each key from its version on, and none disappears', () => {
  for (let version = MIN_VERSION + 1; version <= MAX_VERSION; version++) {
    const [before, now] = [keysAt(version - 1), keysAt(version)];
    assert.equal(minus(now, before), (GAINED[version] ?? []).sort(), `2.${version}`);
    assert.is(minus(before, now).length, 0, `2.${version}`);
  }
});

test('an owner sees no attribute of the host, and its own hostname from 2.90 on', () => {
  for (let version = MIN_VERSION; version <= MAX_VERSION; version++) {
    const attributes = [...keysAt(version, OWNER)].filter((key) => key.startsWith('OS-EXT-SRV-ATTR'));
    assert.equal(attributes, version >= 90 ? ['OS-EXT-SRV-ATTR:hostname'] : []);
  }
});

test('a detail is a show without server groups', () => {
  for (let version = MIN_VERSION; version <= MAX_VERSION; version++) {
    const missing = minus(keysAt(version), keysAt(version, ADMIN, 'detail'));
    assert.equal(missing, version >= 71 ? ['server_groups'] : []);
  }
});

test('PUT and rebuild are brief below 2.75 and the whole server from then on', () => {
  const brief = keysAt(74, ADMIN, 'update');
  for (const key of brief)
    assert.not.match(key, /^(OS-EXT|OS-SRV|host_status|config_drive|security|os-ext|key_name)/);
  assert.ok(keysAt(54, ADMIN, 'rebuild').has('key_name') && !keysAt(53, ADMIN, 'rebuild').has('key_name'));
  assert.equal(keysAt(75, ADMIN, 'update'), keysAt(75));
  assert.equal(minus(keysAt(75), keysAt(75, ADMIN, 'rebuild')), ['OS-EXT-SRV-ATTR:user_data']);
  assert.equal(Object.keys(view(74, ADMIN, 'update').addresses.net[0]), ['version', 'addr']);
  assert.is(Object.keys(view(75, ADMIN, 'update').addresses.net[0]).length, 4);
});

test('a flavor is a link until 2.46 and written out from 2.47 on, with its extra specs', () => {
  assert.equal(Object.keys(view(46).flavor), ['id', 'links']);
  assert.ok(!('id' in view(47).flavor) && 'extra_specs' in view(47).flavor);
  assert.not.ok('extra_specs' in view(47, { ...OWNER, extraSpecs: false }).flavor);
});

test('an image has its properties from 2.98 on', () => {
  assert.equal(
    [view(97).image.properties, view(98).image.properties],
    [undefined, { hw_machine_type: 'q35' }],
  );
});

test('only administrators see where one of our faults happened', () => {
  assert.equal(Object.keys(view(1).fault).sort(), ['code', 'created', 'details', 'message']);
  assert.equal(Object.keys(view(1, OWNER).fault).sort(), ['code', 'created', 'message']);
});

test('a volume says from 2.3 on whether it is deleted with its server', () => {
  const volume = (version: number) => view(version)['os-extended-volumes:volumes_attached'][0];
  assert.equal([volume(2), volume(3)], [{ id: 'v' }, { id: 'v', delete_on_termination: true }]);
});

test('a service has forced_down from 2.11 on and is named by its UUID from 2.53 on', () => {
  const service = aService({ id: 7, forcedDown: true });
  assert.not.ok('forced_down' in serviceView(service, SINCE.forcedDown - 1));
  assert.is(serviceView(service, SINCE.forcedDown).forced_down, true);
  assert.is(serviceView(service, SINCE.serviceUuid - 1).id, 7);
  assert.is(serviceView(service, SINCE.serviceUuid).id, service.uuid);
});

test('a status asked for finds every state that shows it', () => {
  const vmStates = [
    'active',
    'building',
    'stopped',
    'resized',
    'paused',
    'suspended',
    'rescued',
    'error',
    'shelved',
  ];
  const tasks = [null, 'rebooting', 'rebuilding', 'migrating', 'resize_prep', 'resize_reverting', 'spawning'];
  fc.assert(
    fc.property(fc.constantFrom(...vmStates), fc.constantFrom(...tasks), (vmState, task) => {
      const found = statesOf([serverStatus(vmState, task).toLowerCase()]);
      assert.ok(found?.vmStates.includes(vmState));
      assert.ok(found?.taskStates === undefined || found.taskStates.includes(task as string));
    }),
  );
  assert.is(statesOf(['nosuch']), undefined);
  assert.is(serverStatus('nosuch', null), 'UNKNOWN');
});

test.run();
