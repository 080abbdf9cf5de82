import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import { parseSeed } from '../../server/seed/read-seed.ts';

const test = suite('seed document');

const world = readFileSync(new URL('../nova/golden/world.json', import.meta.url), 'utf8');
const ID = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';

function refusal(doc: unknown): DomainError {
  try {
    parseSeed(typeof doc === 'string' ? doc : JSON.stringify(doc));
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('was taken');
}

test('the recorded cloud is a seed document', () => {
  const doc = parseSeed(world);
  assert.is(doc.services.length, 12);
  assert.is(doc.instances.length, 14);
});

test('an empty document is one, and so is one with a byte order mark', () => {
  assert.equal(parseSeed('\uFEFF{}').services, []);
});

test('a service without further words is a live nova-compute', () => {
  assert.equal(parseSeed('{"services":[{"host":"c1"}]}').services, [
    { host: 'c1', binary: 'nova-compute', live: true },
  ]);
});

test('unknown keys are refused by name, at any depth', () => {
  const top = refusal({ servces: [] });
  assert.match(
    top.message,
    /unknown key "servces"; known are note, projects, users, flavors, services, instances/,
  );
  const service = refusal({ services: [{ host: 'a' }, { host: 'b', hots: 1 }] });
  assert.is(service.field, 'services[1].hots');
  assert.match(service.message, /services\[1\] has the unknown key "hots"; known are id, uuid, host/);
  const flavor = refusal({
    instances: [
      {
        id: ID,
        name: 'a',
        project_id: 'p',
        flavor: { id: '1', original_name: 'x', vcpus: 1, ram: 1, disk: 1, cpus: 2 },
      },
    ],
  });
  assert.is(flavor.field, 'instances[0].flavor.cpus');
  assert.match(flavor.message, /known are id, original_name, vcpus/);
});

test('every fault names its place', () => {
  const cases: [unknown, string][] = [
    [{ services: [{ host: 'a b' }] }, 'services[0].host'],
    [{ services: [{}] }, 'services[0].host'],
    [{ services: [{ host: 'a', service_down_time_ms: 499 }] }, 'services[0].service_down_time_ms'],
    [{ services: [{ host: 'a', updated_at: 'yesterday' }] }, 'services[0].updated_at'],
    [{ instances: [{ id: 'x', name: 'a', project_id: 'p' }] }, 'instances[0].id'],
    [{ instances: [{ id: ID, name: 'a' }] }, 'instances[0].project_id'],
    [{ instances: [{ id: ID, name: 'a', project_id: 'p', power_state: 2 }] }, 'instances[0].power_state'],
    [{ users: [{ name: 'u', password: '' }] }, 'users[0].password'],
    [
      { users: [{ name: 'u', password: 'p', roles: [{ project: 'x', role: 'member' }] }] },
      'users[0].roles[0].project',
    ],
  ];
  for (const [doc, field] of cases) {
    const error = refusal(doc);
    assert.is(error.code, 'invalid');
    assert.is(error.field, field);
    assert.ok(error.message.startsWith(field), error.message);
  }
});

test('an entry that is declared twice is refused', () => {
  const twice = refusal({ services: [{ host: 'a' }, { host: 'a', binary: 'nova-compute' }] });
  assert.match(twice.message, /services\[1\]: "a nova-compute" is declared twice, first in services\[0\]/);
});

test('a refusal never repeats a password', () => {
  const error = refusal({ users: [{ name: 'u', password: ['hunter2'] }] });
  assert.not.match(error.message, /hunter2/);
});

test('text that is not JSON is refused as such', () => {
  assert.match(refusal('{').message, /not JSON/);
});

test.run();
