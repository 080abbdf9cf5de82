import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { instantOf } from '../../server/documents/schemas.ts';
import { DomainError } from '../../server/domain/errors.ts';
import { hostStatus } from '../../server/domain/host-status.ts';
import type { SeedAccounts } from '../../server/seed/accounts.ts';
import { applySeed } from '../../server/seed/apply.ts';
import { parseSeed } from '../../server/seed/read-seed.ts';
import { aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { openTestStore, putService, type TestStore } from '../support/store.ts';

const test = suite<{ db: TestStore; clock: FakeClock }>('applying a seed');

const world = readFileSync(new URL('../nova/golden/world.json', import.meta.url), 'utf8');
const ID = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';

test.before.each(async (context) => {
  context.clock = new FakeClock();
  context.db = await openTestStore({ clock: context.clock });
});
test.after.each(({ db }) => db.close());

function apply({ store, clock, rules }: TestStore, text: string | object, accounts?: SeedAccounts) {
  const doc = parseSeed(typeof text === 'string' ? text : JSON.stringify(text));
  return applySeed(doc, {
    store,
    clock,
    rules,
    uuid: randomUUID,
    ...(accounts === undefined ? {} : { accounts }),
  });
}

async function conflict(work: Promise<unknown>): Promise<DomainError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('was taken');
}

test('the recorded cloud is loaded with its recorded numbers and times', async ({ db }) => {
  const summary = await apply(db, world);
  assert.equal(summary.services, { added: 12, changed: 0, unchanged: 0 });
  assert.equal(summary.instances, { added: 14, changed: 0, unchanged: 0 });
  const doc = JSON.parse(world);
  for (const declared of doc.services) {
    const service = await db.store.service({ uuid: declared.uuid });
    assert.equal(
      [
        service?.id,
        service?.host,
        service?.live,
        service?.forcedDown,
        service?.disabledReason,
        service?.updatedAt,
      ],
      [
        declared.id,
        declared.host,
        declared.live,
        declared.forced_down,
        declared.disabled_reason,
        instantOf(declared.updated_at),
      ],
    );
  }
  const statuses = new Map(
    (await db.store.services({ binary: 'nova-compute' })).map((s) => [s.host, hostStatus(s, 'documented')]),
  );
  assert.is(statuses.get('cmp-01'), 'UP');
  assert.is(statuses.get('cmp-02'), 'UNKNOWN');
  assert.is(statuses.get('cmp-03'), 'DOWN');
  assert.is(statuses.get('cmp-07'), 'MAINTENANCE');
});

test('loading a document again changes nothing and announces nothing', async ({ db, clock }) => {
  await apply(db, world);
  const before = await Promise.all([db.store.services(), db.store.bounds('hosts')]);
  clock.advance(60_000);
  const summary = await apply(db, world);
  assert.equal(summary.services, { added: 0, changed: 0, unchanged: 12 });
  assert.equal(summary.instances, { added: 0, changed: 0, unchanged: 14 });
  assert.equal(await Promise.all([db.store.services(), db.store.bounds('hosts')]), before);
});

test('what a document does not name stays: another service, a fence, a disabled_reason', async ({ db }) => {
  await putService(db, aService({ host: 'other' }));
  await putService(db, aService({ host: 'c1', forcedDown: true, disabled: true, disabledReason: 'work' }));
  await apply(db, { services: [{ host: 'c1' }] });
  const service = await db.store.service({ host: 'c1', binary: 'nova-compute' });
  assert.equal([service?.forcedDown, service?.disabled, service?.disabledReason], [true, true, 'work']);
  assert.is((await db.store.services()).length, 2);
});

test('fields that a document names are set, and announced', async ({ db }) => {
  await apply(db, {
    services: [{ host: 'c1' }],
    instances: [{ id: ID, name: 'vm', project_id: 'p1', host: 'c1' }],
  });
  await apply(db, {
    services: [{ host: 'c1', forced_down: true, forced_down_reason: 'fire', fence: 'requested' }],
  });
  const service = await db.store.service({ host: 'c1', binary: 'nova-compute' });
  assert.equal(
    [service?.forcedDownReason, service?.forcedDownBy, service?.fence],
    ['fire', 'seed', 'requested'],
  );
  const rows = await db.store.log('project:p1', 0, 10, 10);
  assert.is(JSON.parse(rows.at(-1)?.items ?? '[]')[0].to, 'DOWN');
});

test('a service never takes the number or the uuid of another', async ({ db }) => {
  const there = await putService(db, aService({ host: 'there' }));
  const byId = await conflict(apply(db, { services: [{ host: 'c0' }, { host: 'c1', id: there.id }] }));
  assert.equal([byId.code, byId.field], ['conflict', 'services[1].id']);
  const byUuid = await conflict(apply(db, { services: [{ host: 'c1', uuid: there.uuid }] }));
  assert.equal([byUuid.code, byUuid.field], ['conflict', 'services[0].uuid']);
  assert.is((await db.store.services()).length, 1);
});

test('a document without ids reads no service but its own', async ({ db }) => {
  const store = Object.create(db.store, {
    services: {
      value: () => {
        throw new Error('all services were read: an import does this for each thousand lines');
      },
    },
  });
  const { services } = await apply({ ...db, store }, { services: [{ host: 'c1' }, { host: 'c2' }] });
  assert.is(services.added, 2);
});

test('an instance of another project is a conflict that names its place', async ({ db }) => {
  await apply(db, { instances: [{ id: ID, name: 'vm', project_id: 'p1' }] });
  const error = await conflict(apply(db, { instances: [{ id: ID, name: 'vm', project_id: 'p2' }] }));
  assert.equal([error.code, error.field], ['conflict', 'instances[0]']);
});

test('users get their roles in the projects they were declared with, by name or id', async ({ db }) => {
  const calls: unknown[] = [];
  const accounts: SeedAccounts = {
    async ensureProject({ id, name }) {
      calls.push(['project', name]);
      return { id: id ?? `id-of-${name}` };
    },
    async ensureUser({ name, password }) {
      calls.push(['user', name, password]);
      return { id: `id-of-${name}` };
    },
    async ensureRole(...given) {
      calls.push(['role', ...given]);
    },
  };
  const summary = await apply(
    db,
    {
      projects: [{ name: 'demo' }, { id: 'x1', name: 'other' }],
      users: [
        {
          name: 'alice',
          password: 'pw',
          roles: [
            { project: 'demo', role: 'member' },
            { project: 'x1', role: 'reader' },
          ],
        },
      ],
    },
    accounts,
  );
  assert.equal([summary.projects, summary.users], [2, 1]);
  assert.equal(calls, [
    ['project', 'demo'],
    ['project', 'other'],
    ['user', 'alice', 'pw'],
    ['role', 'id-of-alice', 'id-of-demo', 'member'],
    ['role', 'id-of-alice', 'x1', 'reader'],
  ]);
});

test.run();
