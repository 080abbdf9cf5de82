import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Drill } from '../../server/domain/drill.ts';
import { DomainError } from '../../server/domain/errors.ts';
import { Drills, type DrillsOptions } from '../../server/drills/drills.ts';
import { FakeClock } from '../support/clock.ts';
import { anIdentity } from '../support/identity.ts';

const test = suite('drills');

const DRILL: Drill = {
  id: 'd1',
  projectId: 'p1',
  userId: 'u1',
  servers: ['s1'],
  status: 'DOWN',
  startedAt: 0,
  endsAt: 60_000,
};

/** @param there drills that are still under way when one of them is to be ended */
function drillsOf(...there: readonly Drill[]) {
  let written = 0;
  const said = { started: 0, seesAll: true };
  const store = {
    drills: async () => [DRILL, { ...DRILL, id: 'd3', servers: ['s1', 's2'] }],
    updateDrills: async (_project, _servers, decide) => {
      decide(there, (id) => ({ server_id: id, name: id, host_id: 'h', host_status: 'UP' }));
      written += 1;
    },
  } as DrillsOptions['store'];
  const drills = new Drills({
    store,
    clock: new FakeClock(),
    newId: () => 'd2',
    maxPerProject: 10,
    seesAll: () => said.seesAll,
    started: () => void said.started++,
  });
  return { drills, said, written: () => written };
}

const NEW = { servers: ['s1'], status: 'DOWN', duration: 60_000 } as const;

async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'not refused';
}

for (const [who, identity] of [
  ['an agent', anIdentity({ kind: 'agent' })],
  ['a reader, in any case', anIdentity({ roles: ['READER'] })],
  ['a watch key without the right', anIdentity({ kind: 'watch' })],
  ['a token without a project', anIdentity({ projectId: null })],
] as const) {
  test(`${who} starts no drill and ends none`, async () => {
    const { drills, written } = drillsOf(DRILL);
    assert.is(await refused(drills.start(NEW, identity)), 'forbidden');
    assert.is(await refused(drills.end(DRILL.id, identity)), 'forbidden');
    assert.is(written(), 0);
  });
}

test('a caller who may not see every host_status starts, lists and ends no drill', async () => {
  const { drills, said, written } = drillsOf(DRILL);
  said.seesAll = false;
  const member = anIdentity();
  for (const work of [drills.start(NEW, member), drills.list(member), drills.end(DRILL.id, member)])
    assert.is(await refused(work), 'forbidden');
  assert.is(written(), 0);
});

test('a drill that was started has an end to wait for', async () => {
  const { drills, said, written } = drillsOf();
  await drills.start(NEW, anIdentity());
  assert.equal([written(), said.started], [1, 1]);
});

test('a watch key sees drills of its own servers alone', async () => {
  const { drills } = drillsOf();
  const key = anIdentity({ kind: 'watch', mayDrill: true, servers: ['s1'] });
  assert.equal(
    (await drills.list(key)).map(({ id }) => id),
    ['d1'],
  );
});

test('a drill that ended since it was looked for is not ended again', async () => {
  const { drills, written } = drillsOf();
  try {
    await drills.end(DRILL.id, anIdentity({ roles: ['member'] }));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, DomainError);
    assert.is((error as DomainError).code, 'not_found');
  }
  assert.is(written(), 0);
});

test('a running drill is ended once', async () => {
  const { drills, written } = drillsOf(DRILL);
  await drills.end(DRILL.id, anIdentity({ roles: ['member'] }));
  assert.is(written(), 1);
});

test.run();
