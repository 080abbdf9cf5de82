/** The writers of servers against the plain object that they stand for: byte by byte, for every shape of answer. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HOST_STATUSES } from '../../../client-sdk/protocol/host-status.ts';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import { Links } from '../../../server/nova/links.ts';
import { MAX_VERSION, MIN_VERSION } from '../../../server/nova/microversions.ts';
import type { Occasion } from '../../../server/nova/representations/server.ts';
import { ServerTexts } from '../../../server/nova/representations/server-texts.ts';
import { serverWriter } from '../../../server/nova/representations/server-writer.ts';
import { anInstance, someDetails } from '../../support/builders.ts';
import { identityOf } from '../cloud.ts';
import { serverObject } from './object.ts';

const OCCASIONS: readonly Occasion[] = ['show', 'detail', 'update', 'rebuild'];

function linksAt(base: string): Links {
  return new Links({ base, root: '/v2.1', path: '/v2.1/servers', identity: identityOf('alice') as never });
}

/** Whatever JSON must escape, and what it need not. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '"', '\\', '\n', '\u0000', '\ud800', '\udfff x', '😀', '\u2028', '</script>', 'plain'),
);
const maybe = fc.option(text);
const words = fc.dictionary(fc.oneof(text, fc.constantFrom('1', '0', '__proto__', 'constructor')), text, {
  maxKeys: 3,
});
const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });
const address = fc.record({
  addr: text,
  version: fc.constantFrom<4 | 6>(4, 6),
  type: fc.constantFrom<'fixed' | 'floating'>('fixed', 'floating'),
  mac_addr: text,
});
const details = fc.record({
  metadata: words,
  addresses: fc.dictionary(text, fc.array(address, { maxLength: 2 }), { maxKeys: 2 }),
  tags: fc.array(text, { maxLength: 2 }),
  securityGroups: fc.array(text, { maxLength: 2 }),
  volumesAttached: fc.array(fc.record({ id: text, delete_on_termination: fc.boolean() }), { maxLength: 2 }),
  trustedImageCertificates: fc.option(fc.array(text, { maxLength: 2 })),
  serverGroups: fc.array(text, { maxLength: 2 }),
  schedulerHints: fc.dictionary(text, fc.jsonValue(), { maxKeys: 2 }),
  imageProperties: fc.dictionary(text, fc.jsonValue(), { maxKeys: 2 }),
  fault: fc.option(
    fc.record({ code: fc.constantFrom(404, 500), created: instant, message: text, details: maybe }),
  ),
  description: maybe,
  keyName: maybe,
  progress: fc.nat(100),
  reservationId: maybe,
  launchIndex: fc.nat(5),
  hostname: maybe,
  kernelId: text,
  rootDeviceName: maybe,
  userData: maybe,
  instanceName: maybe,
  lockedReason: maybe,
  pinnedAvailabilityZone: maybe,
});
const instance: fc.Arbitrary<Instance> = fc
  .record({
    fields: fc.record({
      projectId: text,
      userId: text,
      name: text,
      host: maybe,
      node: maybe,
      vmState: fc.constantFrom('active', 'error', 'building', 'deleted', 'nosuch'),
      taskState: fc.option(fc.constantFrom('rebuilding', 'spawning')),
      powerState: fc.constantFrom(0, 1, 4),
      availabilityZone: maybe,
      imageRef: fc.constantFrom('', '11111111-2222-3333-4444-555555555555', 'a/b "c"'),
      flavorId: fc.constantFrom('1', 'm1.small', 'ä/"ö"'),
      locked: fc.boolean(),
      createdAt: instant,
      updatedAt: instant,
      launchedAt: fc.option(instant),
      terminatedAt: fc.option(instant),
      deletedAt: fc.option(instant),
    }),
    details,
  })
  // From JSON, as the store gives it: a key `__proto__` is a key like any other there.
  .map(({ fields, details: some }) =>
    JSON.parse(JSON.stringify(anInstance({ ...fields, details: someDetails(some) }))),
  );
const shape = fc.record({
  version: fc.integer({ min: MIN_VERSION, max: MAX_VERSION }),
  audience: fc.record({ extended: fc.boolean(), extraSpecs: fc.boolean(), admin: fc.boolean() }),
  occasion: fc.constantFrom(...OCCASIONS),
});
const hostStatus = fc.constantFrom(undefined, ...HOST_STATUSES);
const base = fc.constantFrom('http://nova.example', 'https://[::1]:8774/"quoted"');

const test = suite('servers as text');

test('a writer writes what JSON.stringify would, for any server and any shape', () => {
  fc.assert(
    fc.property(instance, shape, hostStatus, base, (server, asked, status, url) => {
      const links = linksAt(url);
      const expected = JSON.stringify(serverObject(server, { ...asked, links, hostStatus: status }));
      assert.is(serverWriter(asked, links)(server, status), expected);
    }),
    { numRuns: 500 },
  );
});

test('at every version, for every answer and audience, of a server that has everything', () => {
  const links = linksAt('http://nova.example');
  const full = anInstance({
    imageRef: '11111111-2222-3333-4444-555555555555',
    vmState: 'error',
    details: someDetails({
      fault: { code: 500, created: 1, message: 'why', details: 'where' },
      volumesAttached: [{ id: 'v', delete_on_termination: true }],
    }),
  });
  const either = [true, false];
  for (let version = MIN_VERSION; version <= MAX_VERSION; version += 1) {
    for (const occasion of OCCASIONS) {
      for (const extended of either) {
        for (const admin of either) {
          const asked = { version, occasion, audience: { extended, extraSpecs: extended, admin } };
          const expected = JSON.stringify(serverObject(full, { ...asked, links, hostStatus: 'UP' }));
          assert.is(serverWriter(asked, links)(full, 'UP'), expected, `2.${version} ${occasion}`);
        }
      }
    }
  }
});

test('a kept text is given only for the same row, shape, base and host status', () => {
  const servers = [anInstance({ name: 'one' }), anInstance({ name: 'two' })];
  const everything = { extended: true, extraSpecs: true, admin: true };
  // Few of each, so that all but one of them is often the same as the time before.
  const few = fc.record({
    version: fc.constantFrom(MIN_VERSION, 16, MAX_VERSION),
    occasion: fc.constantFrom(...OCCASIONS),
    audience: fc.constantFrom(
      everything,
      { ...everything, extended: false },
      { ...everything, extraSpecs: false },
    ),
  });
  const asked = fc.tuple(fc.constantFrom(...servers), few, fc.constantFrom(undefined, 'UP', 'DOWN'), base);
  fc.assert(
    fc.property(fc.array(asked, { minLength: 50, maxLength: 200, size: 'max' }), (all) => {
      for (const [server, some, status, url] of all) {
        const links = linksAt(url);
        const expected = JSON.stringify(serverObject(server, { ...some, links, hostStatus: status }));
        assert.is(new ServerTexts(some, links).of(server, status), expected);
      }
    }),
  );
});

test.run();
