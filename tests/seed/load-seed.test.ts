/** What a seed's servers name must exist, or be asked for: nobody sees a server of a misspelt project. */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import { loadSeed } from '../../server/seed/load.ts';
import { parseSeed } from '../../server/seed/read-seed.ts';
import { referenceLookup } from '../../server/seed/references.ts';
import { openWorld, type World } from '../identity/world.ts';

const test = suite<{ world: World }>('loading a seed');
test.before.each(async (context) => {
  context.world = await openWorld();
});
test.after.each(({ world }) => world.close());

const ID = '00000000-0000-4000-8000-000000000001';

function load({ store, clock, identity }: World, document: object, createMissing = false) {
  const context = {
    store: store.store,
    accounts: identity.directory,
    clock,
    rules: store.rules,
    uuid: randomUUID,
    lookup: referenceLookup(store.store, store.accounts),
  };
  return loadSeed(parseSeed(JSON.stringify(document)), context, { createMissing });
}

const server = (project_id: string, host = 'c1') => ({
  instances: [{ id: ID, name: 'vm', project_id, host }],
});
const C1 = { services: [{ host: 'c1', binary: 'nova-compute' }] };

async function refusal(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, DomainError);
  return (error as DomainError).message;
}

test('a project or host that does not exist is refused by name, and nothing is loaded', async ({ world }) => {
  assert.match(await refusal(load(world, { ...C1, ...server('demmo') })), 'demmo');
  assert.match(await refusal(load(world, server('demo', 'c9'))), 'c9');
  assert.is(await world.store.store.instance(ID), undefined);
  assert.equal(await world.store.store.services(), []);
});

test('missing projects and hosts are created on request, and named', async ({ world }) => {
  const { created } = await load(world, server('new', 'c9'), true);
  assert.equal([created?.projects, created?.hosts], [['new'], ['c9']]);
  const project = await world.store.accounts.projectNamed('new');
  assert.is((await world.store.store.instance(ID))?.projectId, project?.id);
  assert.equal(
    (await world.store.store.services()).map(({ host }) => host),
    ['c9'],
  );
});

test('a server belongs to the project that it names, by id, by name or in the document', async ({
  world,
}) => {
  const { demo } = world.ids;
  for (const name of [demo, 'demo']) {
    await load(world, { ...C1, ...server(name) });
    assert.is((await world.store.store.instance(ID))?.projectId, demo, name);
  }
  const other = { ...server('fresh'), projects: [{ name: 'fresh' }] };
  other.instances[0] = { ...other.instances[0], id: randomUUID() } as (typeof other.instances)[0];
  await load(world, other);
  const fresh = await world.store.accounts.projectNamed('fresh');
  assert.ok(fresh);
  const made = await world.store.store.instance(other.instances[0]?.id ?? '');
  assert.is(made?.projectId, fresh.id);
});

test('an entry that is refused is named by its place in the whole list', async ({ world }) => {
  await load(world, { ...C1, ...server('demo') });
  const fine = Array.from({ length: 70 }, () => ({ ...server('demo').instances[0], id: randomUUID() }));
  const instances = [...fine, { ...server('other').instances[0] }];
  assert.match(await refusal(load(world, { instances })), /^instances\[70\]: /);
});

test.run();
